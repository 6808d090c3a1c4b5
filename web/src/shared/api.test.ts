import { afterEach, describe, expect, it, vi } from "vitest";
import { act, get, newKey, online, patch, queryText } from "./api";

interface Sent { url: string; method: string; headers: Record<string, string>; body?: string }
const sent: Sent[] = [];
const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
    vi.stubGlobal("fetch", (url: string, init: Omit<Sent, "url">) => {
        sent.push({ ...init, url });
        return Promise.resolve(new Response(body === null ? null : JSON.stringify(body), { status, headers }));
    });
};
afterEach(() => { sent.length = 0; vi.unstubAllGlobals(); online.value = true; });

describe("writes", () => {
    it("carry the intent's key, the same on every try", async () => {
        answer(200, { id: "7" });
        const key = newKey();
        await act("repairs", "7", "accept", {}, { key });
        await act("repairs", "7", "accept", {}, { key });
        expect(sent.map(({ headers }) => headers["Idempotency-Key"])).toEqual([key, key]);
        expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
        expect(sent[0]).toMatchObject({ url: "/api/v1/repairs/7/actions/accept", method: "POST" });
    });
    it("say what they looked at", async () => {
        answer(412, { title: "changed", code: "changed" });
        const got = await patch("repairs/7", { title: "x" }, { ifMatch: '"3"' });
        expect(sent[0]?.headers["If-Match"]).toBe('"3"');
        expect(sent[0]?.headers["Content-Type"]).toBe("application/merge-patch+json");
        expect(got).toMatchObject({ ok: false, problem: { status: 412, code: "changed" } });
    });
    it("reads do not", async () => {
        answer(200, { items: [], next: null });
        await get("repairs", { "filter[state][in]": ["a", "b"], q: "", after: null });
        expect(sent[0]?.headers["Idempotency-Key"]).toBeUndefined();
        expect(sent[0]?.url).toBe("/api/v1/repairs?filter%5Bstate%5D%5Bin%5D=a%2Cb");
    });
});

describe("what goes wrong is a value", () => {
    it("keeps the server's words and fields", async () => {
        answer(422, { title: "有内容需要更正", code: "invalid", fields: [{ field: "title", code: "required", message: "不能缺少" }] });
        expect(await get("x")).toMatchObject({ ok: false, problem: { status: 422, code: "invalid", fields: [{ field: "title" }] } });
    });
    it("knows when to come again", async () => {
        answer(429, { code: "too_many" }, { "Retry-After": "30" });
        expect(await get("x")).toMatchObject({ ok: false, problem: { retryAfter: 30 } });
    });
    it("survives an answer that is no JSON", async () => {
        vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 502 })));
        expect(await get("x")).toMatchObject({ ok: false, problem: { status: 502, code: "http_502" } });
    });
    it("tells no answer from a refusal", async () => {
        vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
        expect(await get("x")).toMatchObject({ ok: false, problem: { status: 0, code: "offline" } });
        expect(online.value).toBe(false);
        answer(404, { code: "not_found" });
        await get("x");
        expect(online.value).toBe(true);
    });
});

it("writes a query without what is not there", () => expect(queryText({ a: 1, b: null, c: undefined, d: "", e: [], f: false })).toBe("?a=1&f=false"));

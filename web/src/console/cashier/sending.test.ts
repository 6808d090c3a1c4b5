import { afterEach, expect, it, vi } from "vitest";
import { useSending } from "./sending";

const answers: (() => Response)[] = [];
const sent: { key: string | null; body: string }[] = [];
vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
    sent.push({ key: new Headers(init.headers).get("Idempotency-Key"), body: String(init.body) });
    const answer = answers.shift();
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("lost"));
});
const booked = () => new Response('{"id":"7"}', { status: 201 });
afterEach(() => { sent.length = 0; answers.length = 0; localStorage.clear(); });

it("sends the same thing with the same key until there is an answer, also after the page was loaded again", async () => {
    const till = useSending("pay");
    expect(await till.send("payments", { amount_fen: 1 }, "one")).toBeNull();
    expect(till.unknown.value?.what).toBe("one");
    await till.send("payments", { amount_fen: 2 });
    answers.push(booked);
    const after = useSending("pay");
    expect((await after.again())?.id).toBe("7");
    expect(sent.map(({ body }) => body)).toEqual(['{"amount_fen":1}', '{"amount_fen":1}', '{"amount_fen":1}']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
    expect(useSending("pay").unknown.value).toBeNull();
});

it("sends once for two presses, and anew after a refusal", async () => {
    const till = useSending("pay");
    answers.push(() => new Response('{"title":"no"}', { status: 422 }), booked);
    expect(await Promise.all([till.send("payments", {}), till.send("payments", {})])).toEqual([null, null]);
    expect(sent.length).toBe(1);
    expect(till.problem.value?.status).toBe(422);
    expect((await till.send("payments", {}))?.id).toBe("7");
    expect(sent[0]!.key).not.toBe(sent[1]!.key);
});

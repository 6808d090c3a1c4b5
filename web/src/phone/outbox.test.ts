import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Problem, Rec, Result } from "@/shared/types";
import { makeOutbox, type Intent, type Meant, type Shot } from "./outbox";
import { memoryShelf, type Shelf } from "./shelf";

const AWAY: Problem = { status: 0, code: "offline", title: "" };
const fine = (id: string): Result<Rec> => ({ ok: true, value: { id }, etag: null, location: null });
const fails = (problem: Problem): Result<never> => ({ ok: false, problem });
const step = (record: string, action: string, more: Partial<Meant> = {}): Meant => ({ path: `repairs/${record}/actions/${action}`, record, action, title: action, body: {}, ...more });
const shot = (key: string): Shot => ({ key, name: `${key}.jpg`, blob: new Blob([key]), file: null });

let shelf: Shelf<Intent>;
let sent: { action: string; key: string; body: Record<string, unknown> }[];
let uploads: string[];
let answer: (intent: Intent) => Result<Rec>;
let upload: (shot: Shot) => Result<{ id: string }>;
let clock = 1_000;

const open = (owner = "me") => makeOutbox({
    shelf, owner: () => owner, now: () => clock++,
    send: async (intent, body) => { sent.push({ action: intent.action, key: intent.key, body }); return answer(intent); },
    upload: async (one) => { uploads.push(one.key); return upload(one); },
});

beforeEach(() => {
    vi.useFakeTimers();
    shelf = memoryShelf<Intent>();
    sent = [];
    uploads = [];
    answer = (intent) => fine(intent.record ?? "new");
    upload = (one) => ({ ok: true, value: { id: `file-${one.key}` }, etag: null, location: null });
});

describe("outbox", () => {
    it("sends photos first and puts their ids into the fields", async () => {
        const outbox = open();
        const outcome = await outbox.mean(step("7", "finish", { body: { cause: "wear" }, shots: { after_photos: [shot("a"), shot("b")], signature: [shot("s")] }, single: ["signature"] }));

        expect(outcome.kind).toBe("done");
        expect(uploads).toEqual(["a", "b", "s"]);
        expect(sent[0]?.body).toMatchObject({ cause: "wear", after_photos: ["file-a", "file-b"], signature: "file-s" });
        expect(typeof sent[0]?.body["device_at"]).toBe("string");
        expect(await shelf.all()).toEqual([]);
    });

    it("keeps order without a network and after the page was closed", async () => {
        answer = () => fails(AWAY);
        const outbox = open();
        expect((await outbox.mean(step("7", "arrive"))).kind).toBe("kept");
        expect((await outbox.mean(step("7", "finish"))).kind).toBe("kept");
        const tried = sent[0]!.key;

        sent = [];
        answer = () => fine("7");
        const later = open();
        await later.load();
        await vi.waitFor(() => expect(later.intents.value).toEqual([]));
        expect(sent.map(({ action }) => action)).toEqual(["arrive", "finish"]);
        expect(sent[0]?.key).toBe(tried); /* the same intent: done once by the server */
    });

    it("does not send a photo twice when the answer after it was lost", async () => {
        answer = () => fails(AWAY);
        const outbox = open();
        await outbox.mean(step("7", "finish", { shots: { after_photos: [shot("a")] } }));
        answer = () => fine("7");
        await outbox.pump();
        expect(uploads).toEqual(["a"]);
        expect(sent[1]?.body["after_photos"]).toEqual(["file-a"]);
    });

    it("hands a refusal back to the form that waits, and keeps nothing", async () => {
        answer = () => fails({ status: 422, code: "invalid", title: "no" });
        const outbox = open();
        const outcome = await outbox.mean(step("7", "cancel"));
        expect(outcome).toMatchObject({ kind: "refused", problem: { code: "invalid" } });
        expect(await shelf.all()).toEqual([]);
    });

    it("keeps what is refused later with its reason; other records go on, the same one waits", async () => {
        answer = () => fails(AWAY);
        const outbox = open();
        await outbox.mean(step("7", "take"));
        await outbox.mean(step("7", "arrive"));
        await outbox.mean(step("8", "arrive"));
        sent = [];
        answer = (intent) => (intent.record === "7" ? fails({ status: 409, code: "wrong_state", title: "gone", state: "assigned" }) : fine("8"));
        await outbox.pump();

        expect(sent.map(({ action }) => action)).toEqual(["take", "arrive"]);
        expect(outbox.refused.value.map(({ action, problem }) => [action, problem?.state])).toEqual([["take", "assigned"]]);
        expect(outbox.unsent.value.map(({ record, action }) => `${record} ${action}`)).toEqual(["7 arrive"]);

        answer = () => fine("7");
        const old = outbox.refused.value[0]!.key;
        sent = [];
        await outbox.tryAgain(old);
        expect(sent.map(({ action }) => action)).toEqual(["take", "arrive"]);
        expect(sent[0]?.key).not.toBe(old);
    });

    it("does not send for another person at the same phone", async () => {
        answer = () => fails(AWAY);
        await open("me").mean(step("7", "arrive"));
        sent = [];
        const other = open("she");
        await other.load();
        await other.pump();
        expect(sent).toEqual([]);
        expect(other.mine.value).toEqual([]);
    });

    it("waits for the log-in, the server's health and its patience", async () => {
        const outbox = open();
        for (const problem of [{ status: 401, code: "login_required", title: "" }, { status: 503, code: "unavailable", title: "" }, { status: 429, code: "too_many", title: "" }]) {
            answer = () => fails(problem);
            expect((await outbox.mean(step("7", problem.code))).kind).toBe("kept");
        }
        expect(outbox.refused.value).toEqual([]);
        expect(outbox.unsent.value.length).toBe(3);
    });
});

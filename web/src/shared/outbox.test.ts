import { beforeEach, describe, expect, it, vi } from "vitest";
import { makeOutbox, uploadKey, type Answer, type Intent, type Item, type Listed, type Meant, type Shot } from "./outbox";
import { memoryShelf, type Shelf } from "./shelf";
import type { Problem, Result } from "./types";

const AWAY: Problem = { status: 0, code: "offline", title: "" };
const fails = (problem: Problem): Result<never> => ({ ok: false, problem });
const no = (status: number, code: string, more: Partial<Problem> = {}): Partial<Answer> => ({ status, body: { code, title: code, ...more } });
const step = (record: string, action: string, more: Partial<Meant> = {}): Meant => ({ path: `repairs/${record}/actions/${action}`, record, action, title: action, body: {}, ...more });
const shot = (key: string): Shot => ({ key, name: `${key}.jpg`, blob: new Blob([key]), file: null });
const actions = (): string[] => sent.map(({ path }) => path.split("/").pop()!);

let shelf: Shelf<Intent>;
let listed: Map<string, Listed>;
let isNew: boolean;
let sent: Item[];
let uploads: string[];
let away: boolean;
let ready: boolean;
let answer: (item: Item) => Partial<Answer>;
let upload: (shot: Shot) => Result<{ id: string }>;
let clock = 1_000;

const open = (owner = "me") => makeOutbox({
    shelf, isNew: () => isNew, list: { all: () => [...listed.values()], add: (one) => listed.set(one.key, one), remove: (key) => listed.delete(key) }, owner: () => owner, ready: () => ready, now: () => clock++,
    send: async (items) => {
        if (away)
            return fails(AWAY);
        sent.push(...items);
        return { ok: true, value: { items: items.map((item) => ({ key: item.key, status: 200, body: { id: "1" }, ...answer(item) })) }, etag: null, location: null };
    },
    upload: async (one) => { uploads.push(uploadKey(one)); return upload(one); },
});

beforeEach(() => {
    vi.useFakeTimers();
    shelf = memoryShelf<Intent>();
    listed = new Map();
    isNew = false;
    sent = [];
    uploads = [];
    away = false;
    ready = true;
    answer = () => ({});
    upload = (one) => ({ ok: true, value: { id: `file-${one.key}` }, etag: null, location: null });
});

describe("outbox", () => {
    it("tells its person what the browser has cleared away unsent, once", async () => {
        away = true;
        const before = open();
        void before.mean(step("7", "finish", { title: "换阀芯" }));
        void before.mean(step("8", "start"));
        await vi.advanceTimersByTimeAsync(10_000);
        expect([...listed.values()].map(({ title }) => title)).toEqual(["换阀芯", "start"]);
        await shelf.clear();
        isNew = true;
        const after = open(), another = open("somebody else");
        await after.load();
        await another.load();
        expect([after.missing.value.map(({ title }) => title), another.missing.value]).toEqual([["换阀芯", "start"], []]);
        after.forget(after.missing.value[0]!.key);
        isNew = false;
        const later = open();
        await later.load();
        expect(later.missing.value.map(({ title }) => title)).toEqual(["start"]);
    });
    it("does not believe a list that lags behind the shelf", async () => {
        listed.set("k", { key: "k", owner: "me", at: "", title: "sent before the phone died" });
        const outbox = open();
        await outbox.load();
        expect([outbox.missing.value, listed.size]).toEqual([[], 0]);
    });
    it("has nothing on its list when all is sent", async () => {
        await open().mean(step("7", "finish"));
        expect(listed.size).toBe(0);
    });
    it("sends photos first and puts their ids into the fields, and where the body names them", async () => {
        const outbox = open();
        const outcome = await outbox.mean(step("7", "finish", {
            body: { cause: "wear", items: [{ item: "gauge", photo: "shot:c" }] }, shots: { after_photos: [shot("a"), shot("b")], signature: [shot("s")], items: [shot("c")] }, single: ["signature"],
        }));

        expect(outcome.kind).toBe("done");
        expect(uploads).toEqual(["a", "b", "s", "c"]);
        expect(sent[0]?.body).toMatchObject({ cause: "wear", after_photos: ["file-a", "file-b"], signature: "file-s", items: [{ item: "gauge", photo: "file-c" }] });
        expect(typeof sent[0]?.body["device_at"]).toBe("string");
        expect(await shelf.all()).toEqual([]);
    });

    it("tries again by itself only what can be sent now: not what waits behind a refused one, nor without a log-in", async () => {
        away = true;
        for (const action of ["accept", "note"])
            void open().mean(step("7", action));
        await vi.advanceTimersByTimeAsync(10);
        away = false;
        answer = () => no(409, "wrong_state");
        const outbox = open();
        await outbox.load();
        await outbox.pump();
        expect([outbox.refused.value.length, outbox.unsent.value.length]).toEqual([1, 1]);
        vi.clearAllTimers(); /* how long the forms wait */
        await outbox.pump();
        expect(vi.getTimerCount()).toBe(0);
        away = true;
        void outbox.mean(step("8", "note"));
        await vi.advanceTimersByTimeAsync(10);
        vi.clearAllTimers();
        await outbox.pump();
        expect(vi.getTimerCount()).toBe(1);
        vi.clearAllTimers();
        ready = false;
        await outbox.pump();
        expect(vi.getTimerCount()).toBe(0);
    });

    it("keeps order without a network and after the page was closed, also when the clock was set back", async () => {
        away = true;
        const outbox = open();
        expect((await outbox.mean(step("7", "arrive"))).kind).toBe("kept");
        clock = 5;
        const later = open();
        await later.load();
        expect((await later.mean(step("7", "finish"))).kind).toBe("kept");
        away = false;
        await later.pump();
        expect(actions()).toEqual(["arrive", "finish"]);
        expect(later.intents.value).toEqual([]);
    });

    it("sends the same once more when the answer was lost, and no photo twice", async () => {
        const outbox = open();
        away = true;
        await outbox.mean(step("7", "finish", { shots: { after_photos: [shot("a")] } }));
        away = false;
        answer = () => no(503, "unavailable");
        await outbox.pump();
        answer = () => ({});
        await outbox.pump();
        expect(uploads).toEqual(["a"]);
        expect(sent.length).toBe(2);
        expect(sent[1]).toEqual(sent[0]);
    });

    it("hands a refusal back to the form that waits, and keeps nothing", async () => {
        answer = () => no(422, "invalid");
        const outcome = await open().mean(step("7", "cancel"));
        expect(outcome).toMatchObject({ kind: "refused", problem: { code: "invalid", status: 422 } });
        expect(await shelf.all()).toEqual([]);
    });

    it("keeps what is refused later with its reason; other records go on, what follows on the same one waits", async () => {
        away = true;
        const outbox = open();
        await outbox.mean(step("7", "take"));
        await outbox.mean(step("7", "arrive"));
        await outbox.mean(step("8", "arrive"));
        away = false;
        answer = ({ path }) => (path.includes("/7/") ? no(409, "wrong_state", { state: "assigned" }) : {});
        await outbox.pump();

        expect(outbox.refused.value.map(({ action, problem }) => [action, problem?.state])).toEqual([["take", "assigned"]]);
        expect(outbox.unsent.value.map(({ record, action }) => `${record} ${action}`)).toEqual(["7 arrive"]);
        sent = [];
        await outbox.pump();
        expect(sent).toEqual([]);
        const old = outbox.refused.value[0]!.key;
        answer = () => ({});
        await outbox.tryAgain(old);
        expect(actions()).toEqual(["take", "arrive"]);
        expect(sent[0]?.key).toBe(old); /* a refusal uses up no key, and later ones may name it */
    });

    it("holds back what names a refused creation by its key", async () => {
        away = true;
        const outbox = open();
        await outbox.mean({ path: "repairs", record: null, action: "report", title: "new", body: {}, key: "k1" });
        await outbox.mean(step("key:k1", "note"));
        away = false;
        answer = ({ path }) => (path === "repairs" ? no(422, "invalid") : no(404, "not_found"));
        await outbox.pump();
        expect([outbox.refused.value.map(({ action }) => action), outbox.unsent.value.map(({ action }) => action)]).toEqual([["report"], ["note"]]);
    });

    it("does not send for another person at the same phone, nor while nobody is logged in", async () => {
        away = true;
        await open("me").mean(step("7", "arrive"));
        away = false;
        const other = open("she");
        await other.load();
        await other.pump();
        expect([sent, other.mine.value]).toEqual([[], []]);
        ready = false;
        const mine = open("me");
        await mine.load();
        await mine.pump();
        expect([sent.length, mine.unsent.value.length]).toEqual([0, 1]);
    });

    it("waits for the server's health and its patience", async () => {
        const outbox = open();
        for (const [status, code] of [[503, "unavailable"], [429, "too_many"]] as const) {
            answer = () => no(status, code);
            expect((await outbox.mean(step(code, "x"))).kind).toBe("kept");
        }
        expect([outbox.refused.value.length, outbox.unsent.value.length]).toEqual([0, 2]);
    });

    it("sends many in batches, makes them smaller when one is too large, and goes on", async () => {
        away = true;
        const outbox = open();
        for (let n = 0; n < 120; n++)
            await outbox.mean(step(`${n}`, `a${n}`));
        away = false;
        await outbox.pump();
        expect(actions()).toEqual(Array.from({ length: 120 }, (_, n) => `a${n}`));
    });

    it("sends photos anew that the server has forgotten", async () => {
        away = true;
        const outbox = open();
        await outbox.mean(step("7", "finish", { shots: { photos: [shot("a")] } }));
        away = false;
        answer = () => no(503, "unavailable");
        await outbox.pump();
        clock += 21 * 3_600_000;
        answer = ({ body }) => ((body["photos"] as string[])[0] === "file-a" ? no(422, "invalid", { fields: [{ field: "photos", code: "reference", message: "" }] }) : {});
        upload = (one) => ({ ok: true, value: { id: `anew-${one.key}` }, etag: null, location: null });
        await outbox.pump();
        await outbox.pump();
        expect(uploads).toEqual(["a", "a.1"]);
        expect(outbox.intents.value).toEqual([]);
    });

    it("tells what is in memory only because the phone is full", async () => {
        away = true;
        shelf = { ...shelf, put: async () => false };
        const outbox = open();
        await outbox.mean(step("7", "arrive"));
        expect(outbox.loose.value.length).toBe(1);
        away = false;
        await outbox.pump();
        expect(outbox.loose.value).toEqual([]);
    });

    it("reads what an older app has kept", async () => {
        await shelf.put("1", { key: "old", order: "000000000000001", owner: "me", at: "2026-01-01T00:00:00Z", path: "repairs/7/actions/arrive" } as Intent);
        const outbox = open();
        await outbox.load();
        await outbox.pump();
        expect(sent).toMatchObject([{ key: "old", method: "POST", path: "repairs/7/actions/arrive" }]);
    });
});

/* api.ts: the one door to the server. Every request gives a Result; nothing throws.
 *
 * Writes carry an Idempotency-Key that belongs to the *intent*, not to the attempt: take one with `newKey()` when the
 * form opens, pass it with each try, and a repeated send after a lost answer is done once.
 * The session is an HttpOnly cookie; the page never sees the token. */
import { ref } from "vue";
import { newKey } from "./key";
import type { Page, Problem, Rec, Result, StoredFile } from "./types";

export { newKey };

const BASE = "/api/v1/";
const TIMEOUT_MS = 30_000;

export type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;
export interface Write {
    key?: string;
    ifMatch?: string | null;
    deviceAt?: string;
    signal?: AbortSignal;
}

/* False while the last request had no answer, or the device says that it has no network. */
export const online = ref(true);
window.addEventListener("offline", () => { online.value = false; });
window.addEventListener("online", () => { online.value = true; });

/* Milliseconds to add to this device's clock to get the server's. From the Date header, so good to about a second. */
let offset_ms = 0;
let offset_known = false;

export const serverNow = (): number => Date.now() + offset_ms;
export const serverTimeKnown = (): boolean => offset_known;

let language = "zh-CN";
export const setApiLanguage = (to: string): void => { language = to; };

let whenLoggedOut: () => void = () => {};
export const onLoggedOut = (then: () => void): void => { whenLoggedOut = then; };

export const get = <T = Rec>(path: string, query?: Query, signal?: AbortSignal): Promise<Result<T>> =>
    request<T>("GET", path + queryText(query), undefined, { signal });
export const list = <T = Rec>(resource: string, query?: Query, signal?: AbortSignal): Promise<Result<Page<T>>> =>
    get<Page<T>>(resource, query, signal);
export const post = <T = Rec>(path: string, body: unknown = {}, write: Write = {}): Promise<Result<T>> =>
    request<T>("POST", path, body, { key: newKey(), ...write });
export const patch = <T = Rec>(path: string, body: unknown, write: Write = {}): Promise<Result<T>> =>
    request<T>("PATCH", path, body, { key: newKey(), ...write });
export const del = (path: string, body?: unknown, write: Write = {}): Promise<Result<null>> =>
    request<null>("DELETE", path, body, { key: newKey(), ...write });
export const act = <T = Rec>(resource: string, id: string, action: string, body: unknown = {}, write: Write = {}): Promise<Result<T>> =>
    post<T>(`${resource}/${encodeURIComponent(id)}/actions/${action}`, body, write);

/* Sends one file; the kept bytes' description comes back. `progress` gets fractions of 0 to 1. */
export function upload(file: Blob, name: string, progress?: (part: number) => void, key = newKey()): Promise<Result<StoredFile>>
{
    return new Promise((resolve) => {
        const http = new XMLHttpRequest(); /* fetch cannot tell how much has been sent */
        const form = new FormData();

        form.append("file", file, name);
        http.open("POST", BASE + "files");
        http.setRequestHeader("Accept-Language", language);
        http.setRequestHeader("Idempotency-Key", key);
        http.upload.onprogress = (event) => { if (event.lengthComputable) progress?.(event.loaded / event.total); };
        http.onerror = http.ontimeout = http.onabort = () => resolve({ ok: false, problem: unanswered() });
        http.onload = () => {
            online.value = true;
            const body = parse(http.responseText);
            if (http.status >= 200 && http.status < 300)
                resolve({ ok: true, value: body as StoredFile, etag: null, location: null });
            else
                resolve({ ok: false, problem: problemFrom(http.status, body) });
        };
        http.send(form);
    });
}

export const fileUrl = (id: string): string => `${BASE}files/${encodeURIComponent(id)}`;
export const apiUrl = (path: string, query?: Query): string => BASE + path + queryText(query);

export function queryText(query: Query | undefined): string
{
    const parts: string[] = [];

    for (const [name, value] of Object.entries(query ?? {})) {
        if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0))
            continue;
        parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(Array.isArray(value) ? value.join(",") : String(value))}`);
    }
    return parts.length ? "?" + parts.join("&") : "";
}

async function request<T>(method: string, path: string, body: unknown, write: Write): Promise<Result<T>>
{
    const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language };
    const sent_at = Date.now();
    let answer: Response;

    if (body !== undefined)
        headers["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    if (write.key && method !== "GET")
        headers["Idempotency-Key"] = write.key;
    if (write.ifMatch)
        headers["If-Match"] = write.ifMatch;
    try {
        answer = await fetch(BASE + path, {
            method, headers,
            credentials: "same-origin",
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: write.signal ?? AbortSignal.timeout(TIMEOUT_MS),
        });
    } catch (error) {
        if (write.signal?.aborted)
            return { ok: false, problem: { status: 0, code: "aborted", title: "" } };
        return { ok: false, problem: unanswered() };
    }
    online.value = true;
    noteServerTime(answer.headers.get("Date"), sent_at);

    const paper = answer.ok && answer.headers.get("Content-Type")?.startsWith("application/pdf");
    const value = answer.status === 204 ? null : paper ? await answer.blob().catch(() => null) : parse(await answer.text().catch(() => ""));
    if (paper && !value)
        return { ok: false, problem: unanswered() };
    if (answer.ok)
        return { ok: true, value: value as T, etag: answer.headers.get("ETag"), location: answer.headers.get("Location") };

    const problem = problemFrom(answer.status, value);
    const wait = Number(answer.headers.get("Retry-After"));
    if (wait > 0)
        problem.retryAfter = wait;
    if (answer.status === 401 && problem.code === "login_required")
        whenLoggedOut();
    return { ok: false, problem };
}

function noteServerTime(header: string | null, sent_at: number): void
{
    const at = header ? Date.parse(header) : NaN;

    if (Number.isNaN(at))
        return;
    const now = Date.now();
    const measured = at + 500 - (sent_at + now) / 2; /* the header is cut to the second: half of one on average */
    if (!offset_known || Math.abs(measured - offset_ms) > 1_500)
        offset_ms = Math.abs(measured) < 1_500 ? 0 : measured;
    offset_known = true;
}

function problemFrom(status: number, body: unknown): Problem
{
    const got = (body && typeof body === "object" ? body : {}) as Partial<Problem>;

    return { ...got, status, code: got.code ?? `http_${status}`, title: got.title ?? "" };
}

function unanswered(): Problem
{
    online.value = false;
    return { status: 0, code: "offline", title: "" };
}

function parse(text: string): unknown
{
    try {
        return text ? JSON.parse(text) : null;
    } catch {
        return null;
    }
}

/* session.ts: who is logged in. The cookie is the server's; here are only the name, the roles and the way in and out. */
import { computed, ref, shallowRef } from "vue";
import { del, get, onLoggedOut, post } from "./api";
import { turnNow } from "./clock";
import { recall, remember, setDraftOwner } from "./draft";
import { startEvents, stopEvents } from "./events";
import { loadMeta } from "./meta";
import type { Me, Problem, Result } from "./types";

export type Standing = "unknown" | "out" | "must_change" | "in" | "away"; /* away: the server did not answer yet */

export const standing = ref<Standing>("unknown");
export const me = shallowRef<Me | null>(null);
export const roles = computed(() => new Set(me.value?.roles.map(({ role }) => role) ?? []));
export const isStaff = computed(() => [...roles.value].some((role) => role !== "resident"));
export const hasRole = (...wanted: string[]): boolean => wanted.some((role) => roles.value.has(role));

export const mayCreate = (resource: string): boolean => (me.value?.may?.[resource] as { create?: boolean } | undefined)?.create ?? true;

onLoggedOut(() => {
    if (standing.value === "in" || standing.value === "unknown")
        standing.value = "out"; /* `me` stays: the same person logging in again finds the page as it was */
});

export const isKnown = (): boolean => recall("known", false);

/* At start: asks the server whose cookie this is; not where nobody ever logged in, for a refused request is noise. */
export async function resume(known = isKnown()): Promise<void>
{
    if (!known) {
        standing.value = "out";
        return;
    }
    await ask();
}

async function ask(): Promise<void>
{
    const got = await get<Me>("me");

    if (got.ok)
        await enter(got.value);
    else if (got.problem.code === "password_change_required" || got.problem.code === "must_change_password")
        standing.value = "must_change";
    else
        standing.value = got.problem.status === 0 || got.problem.status >= 500 ? "away" : "out";
}

/* The log-in. `otp` only after the server asked (`otp_required`), `org` only when it named that field. */
export async function logIn(login: string, password: string, otp?: string, org?: string): Promise<Problem | null>
{
    const body: Record<string, string> = { login: login.trim(), password };
    if (otp)
        body["otp"] = otp.replace(/\s/g, "");
    if (org)
        body["org"] = org.trim();
    const got = await post<{ user?: Me["user"]; must_change_password?: boolean }>("session", body);
    if (!got.ok)
        return got.problem;
    if (got.value.must_change_password || got.value.user?.must_change_password) {
        standing.value = "must_change";
        return null;
    }
    await ask();
    return null;
}

export async function changePassword(old: string, fresh: string): Promise<Problem | null>
{
    const got = await post<unknown>("me/password", { old, new: fresh });

    if (!got.ok)
        return got.problem;
    if (standing.value === "must_change")
        await ask();
    return null;
}

export async function logOut(): Promise<void>
{
    await del("session");
    stopEvents();
    remember("known", false);
    me.value = null;
    standing.value = "out";
}

/* Changes of TOTP ask the password again. */
export const beginTotp = (password: string): Promise<Result<{ secret: string; uri: string }>> => post("me/totp", { password });
export const confirmTotp = (otp: string): Promise<Result<unknown>> => post("me/totp/confirm", { otp });
export const endTotp = (password: string): Promise<Result<null>> => del("me/totp", { password });

async function enter(who: Me): Promise<void>
{
    setDraftOwner(who.user.id);
    remember("known", true);
    if (who.must_change_password || who.user.must_change_password) {
        me.value = who;
        standing.value = "must_change";
        return;
    }
    await loadMeta(true);
    me.value = who; /* only now: what somebody may see must be known before a page of theirs is drawn */
    turnNow();
    startEvents();
    standing.value = "in";
}

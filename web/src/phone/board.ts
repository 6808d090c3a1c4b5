/* board.ts: notices (公告) as a resident has them: what asks for an answer stands on the home page until it is given. */ // lint: words
import { computed, type ComputedRef } from "vue";
import { act } from "@/shared/api";
import { t } from "@/shared/i18n";
import { mayRead } from "@/shared/meta";
import { noticeTitle } from "@/shared/notice";
import type { Rec } from "@/shared/types";
import type { List } from "@/shared/use";
import { useKeptList, type Kept } from "./kept";
import { offered } from "./kinds";
import { outbox } from "./outbox";
import { say } from "./say";

const SHOWN = 2;
export const hasBoard = (): boolean => mayRead("notices");
export const toAck = (one: Rec): boolean => one["ack_required"] === true && !one["ack_at"] && one.state === "published";
export const isUnread = (one: Rec): boolean => one["read_at"] === null;
const calls = (one: Rec): boolean => toAck(one) || (one["urgent"] === true && isUnread(one) && one.state === "published");

export function useBoard(limit: number): List<Rec> & Kept & { pinned: ComputedRef<Rec[]> }
{
    const board = useKeptList("board", "notices", () => (hasBoard() ? { sort: "-created_at", limit } : null));

    return { ...board, pinned: computed(() => board.items.value.filter(calls).sort((a, b) => Number(b["urgent"] === true) - Number(a["urgent"] === true)).slice(0, SHOWN)) };
}

/* 知道了, also without a network. The record as it is then; null when the server did not take it. */ // lint: words
export async function acknowledge(one: Rec): Promise<boolean>
{
    const action = offered(one, "ack") ? "ack" : "read";
    const outcome = await outbox.mean({ path: `notices/${one.id}/actions/${action}`, record: one.id, action, title: t("board.acked", { what: noticeTitle(one) }), body: {} });

    if (outcome.kind === "refused")
        return false;
    say(outcome.kind === "done" ? t("board.acked", { what: noticeTitle(one) }) : t("outbox.kept"), outcome.kind === "done" ? "done" : "kept");
    return true;
}

/* Opened is read; without a network it is read at the next opening. */
export async function markRead(one: Rec): Promise<Rec | null>
{
    const got = isUnread(one) && offered(one, "read") ? await act("notices", one.id, "read") : null;

    return got?.ok ? got.value : null;
}

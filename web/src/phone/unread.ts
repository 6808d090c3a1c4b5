/* unread.ts: who has not read (or acknowledged) a notice, home by home. */
import { get } from "@/shared/api";
import type { Page } from "@/shared/types";

export interface Unreader { party: string; name: string; phone: string | null; house: string | null; read_at: string | null }
export interface Unread { people: number; read: number; acked: number; homes: { no: string; people: Unreader[] }[]; more: boolean }
const MOST = 200;

export async function askUnread(notice: string): Promise<Unread | null>
{
    const got = await get<Page & { people: number; read: number; acked: number; items: Unreader[] }>(`notices/${notice}/unread`, { limit: MOST });
    if (!got.ok)
        return null;
    const homes = new Map<string, Unreader[]>();
    for (const one of got.value.items)
        homes.set(one.house ?? "", [...(homes.get(one.house ?? "") ?? []), one]);
    return {
        people: got.value.people, read: got.value.read, acked: got.value.acked, more: !!got.value.next,
        homes: [...homes].map(([no, people]) => ({ no, people })).sort((a, b) => a.no.localeCompare(b.no, "en", { numeric: true })),
    };
}

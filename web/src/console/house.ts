/* house.ts: a home's people, and what is doubtful in its file. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { get, list, patch, post } from "@/shared/api";
import { hasWord, t } from "@/shared/i18n";
import type { Problem, Rec, Result } from "@/shared/types";
import { includeFor } from "./matter";

export interface Person {
    party: string;
    name: string;
    role: string;
    phone: string | null;
    share?: number | string | null;
    from?: string | null;
    to?: string | null;
}
export interface Tie {
    party: string;
    role: string;
    from?: string | null;
    to?: string | null;
    share?: number | string | null;
    label?: string;
    party_?: { label?: string; name?: string; phone?: string | null };
    name?: string;
    phone?: string | null;
}

const RANK: Record<string, number> = { owner: 0, tenant: 1, family: 2, contact: 3 };
const tiesOf = (house: Rec): Tie[] => (Array.isArray(house["parties"]) ? (house["parties"] as Tie[]) : []);

export function peopleOf(house: Rec, parties: Map<string, Rec>): Person[]
{
    return tiesOf(house)
        .map((tie): Person => {
            const party = parties.get(tie.party);
            return {
                party: tie.party, role: tie.role, from: tie.from, to: tie.to, share: tie.share,
                name: String(party?.["name"] ?? tie.label ?? tie.party_?.name ?? tie.party_?.label ?? tie.name ?? "—"),
                phone: (party?.["phone"] as string | null | undefined) ?? tie.party_?.phone ?? tie.phone ?? null,
            };
        })
        .sort((a, b) => Number(!!a.to) - Number(!!b.to) || (RANK[a.role] ?? 9) - (RANK[b.role] ?? 9));
}

/* The whole list is written each time: it is read again first, and somebody else's change in between is refused (412). */
export async function changeTies(house: string, change: (ties: Tie[]) => Tie[]): Promise<Problem | null>
{
    const now = await get(`houses/${house}`);
    if (!now.ok)
        return now.problem;
    const parties = change(tiesOf(now.value)).map(({ party, role, from, to, share }) => ({ party, role, from: from ?? null, to: to ?? null, share: share ?? null }));
    const got = await patch(`houses/${house}`, { parties }, { ifMatch: now.etag });

    return got.ok ? null : got.problem;
}

/* The sheet of one-time codes for a home or a building, as a file to keep and print. */
export async function printCodes(which: { house?: string; building?: string; project?: unknown }, what: string): Promise<Problem | null>
{
    const got: Result<Blob> = await post<Blob>("claims/sheet", which);
    if (!got.ok)
        return got.problem;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(got.value);
    link.download = `${t("house.codes_file", { what })}.pdf`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    return null;
}

/* By number or id, with its people. */
export async function loadHouse(no: string): Promise<{ house: Rec; parties: Map<string, Rec> } | null>
{
    const got = /^\d+$/.test(no) ? await get(`houses/${no}`) : await list("houses", { "filter[no]": no, limit: 1 });
    const found = !got.ok ? null : "items" in got.value ? ((got.value.items as Rec[])[0] ?? null) : (got.value as Rec);

    if (!found)
        return null;
    /* the record itself, not the list's row: that is where the people are */
    const whole = found["parties"] ? null : await get(`houses/${found.id}`);
    const house = whole?.ok ? whole.value : found;
    return { house, parties: await partiesOf(house.id) };
}

export async function partiesOf(house: string): Promise<Map<string, Rec>>
{
    const got = await list("parties", { "filter[house]": house, limit: 50 });

    return new Map(got.ok ? got.value.items.map((party) => [party.id, party]) : []);
}

const codes = (doubts: unknown): string[] => (Array.isArray(doubts) ? doubts.map(String) : []);
export const doubtWord = (code: string): string => (hasWord(`doubt.is.${code}`) ? t(`doubt.is.${code}`) : code);

/* What somebody should ask about at the next call. */
export function doubtsOf(house: Rec, parties: Map<string, Rec>): string[]
{
    const people = peopleOf(house, parties).filter(({ to }) => !to);
    const doubts: string[] = [];

    if ("doubts" in house) {
        const own = codes(house["doubts"]).map((code) => doubtWord(code));
        const theirs = people.flatMap((person) => codes(parties.get(person.party)?.["doubts"]).map((code) => t("doubt.of", { name: person.name, what: doubtWord(code) })));
        return [...(people.some(({ role }) => role === "owner") ? [] : [t("doubt.owner")]), ...own, ...theirs];
    }
    if (!people.some(({ role }) => role === "owner"))
        doubts.push(t("doubt.owner"));
    if (people.length && people.every(({ phone }) => !phone))
        doubts.push(t("doubt.phone"));
    else
        for (const person of people.filter(({ role, phone }) => role === "owner" && !phone))
            doubts.push(t("doubt.phone_of", { name: person.name }));
    if (typeof house["area"] !== "number")
        doubts.push(t("doubt.area"));
    for (const person of people.filter(({ role }) => role === "owner")) {
        const party = parties.get(person.party);
        if (party && "id_no" in party && !party["id_no"])
            doubts.push(t("doubt.id_no", { name: person.name }));
    }
    return doubts;
}

/* The home that something is about, and its newest repairs. */
export function useHouseOf(id: () => unknown): { house: ShallowRef<Awaited<ReturnType<typeof loadHouse>>>; repairs: ShallowRef<Rec[]> }
{
    const house = shallowRef<Awaited<ReturnType<typeof loadHouse>>>(null);
    const repairs = shallowRef<Rec[]>([]);

    watch(id, async (which) => {
        const [found, got] = typeof which === "string" ? await Promise.all([loadHouse(which), list("repairs", { "filter[house]": which, sort: "-created_at", limit: 12, include: includeFor("repairs") })]) : [null, null];
        if (which !== id())
            return;
        house.value = found;
        repairs.value = got?.ok ? got.value.items : [];
    }, { immediate: true });
    return { house, repairs };
}

/* house.ts: a home's people, and what is doubtful in its file. */
import { get, list } from "@/shared/api";
import { hasWord, t } from "@/shared/i18n";
import type { Rec } from "@/shared/types";

export interface Person {
    party: string;
    name: string;
    role: string;
    phone: string | null;
    share?: number | string | null;
    from?: string | null;
    to?: string | null;
}
interface Tie {
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

/* complaints.ts (console): what the desk needs while somebody complains: who could own it, and what they said before. */
import { list } from "@/shared/api";
import { msOf } from "@/shared/format";
import type { Rec } from "@/shared/types";
import { ended } from "./matter";

export { firstAnswerOf, levelTag, levelWord, minutesText } from "@/shared/complaints";

export interface Staff {
    id: string;
    name: string;
    role: string;
}

/* Who leads the department that a category belongs to, then those who stand in for everything. */
const LEADS: Record<string, string[]> = {
    desk: ["desk_lead", "desk"], engineering: ["eng_lead"], security: ["guard_lead"], cleaning: ["clean_lead"], greening: ["green_lead"],
    finance: ["accountant", "cashier"], quality: ["quality"], manager: ["manager"], region: ["region"],
};
const OTHERWISE = ["desk_lead", "manager", "eng_lead", "desk"];
const MOST = 4;

export async function loadStaff(): Promise<Rec[]>
{
    const got = await list("users", { "filter[party][null]": true, limit: 200 });

    return got.ok ? got.value.items.filter((user) => user["active"] !== false) : [];
}

const rolesOf = (user: Rec): string[] => (Array.isArray(user["roles"]) ? (user["roles"] as ({ role?: string } | string)[]).map((one) => (typeof one === "string" ? one : (one.role ?? ""))) : []);

export function suggestOwners(staff: readonly Rec[], category: Rec | undefined): Staff[]
{
    const wanted = [...(LEADS[String(category?.["department"] ?? "desk")] ?? []), ...OTHERWISE];
    const best = (user: Rec): { role: string; rank: number } => rolesOf(user).map((role) => ({ role, rank: wanted.includes(role) ? wanted.indexOf(role) : wanted.length })).sort((a, b) => a.rank - b.rank)[0] ?? { role: "", rank: wanted.length };

    return staff.map((user) => ({ user, ...best(user) })).filter(({ rank }) => rank < wanted.length).sort((a, b) => a.rank - b.rank)
        .slice(0, MOST).map(({ user, role }) => ({ id: user.id, name: String(user["name"] ?? user["login"] ?? ""), role }));
}

export interface Said {
    record: Rec;
    same: boolean; /* the same category: the new one will be counted as its repetition */
}

const DAY_MS = 86_400_000;
/* The latest complaints of a home, those of the same category first. Whether one is repeated is the server's word; this tells the caller before. */
export async function complaintsOf(house: string, category: string, days: number, now: number): Promise<Said[]>
{
    const got = await list("complaints", { "filter[house]": house, sort: "-created_at", limit: 20 });
    const open = (record: Rec): boolean => !ended(record, "complaints");

    return (got.ok ? got.value.items : [])
        .map((record) => ({ record, same: !!category && record["category"] === category && record.state !== "refused" && (open(record) || now - msOf(record.updated_at ?? null) < days * DAY_MS) }))
        .filter(({ record, same }) => same || open(record)).sort((a, b) => Number(b.same) - Number(a.same)).slice(0, 3);
}

/* A number that the company may have changed, or what the program came with. */
export async function ruleOf(code: string, otherwise: number): Promise<number>
{
    const got = await list("rules", { "filter[code]": code, limit: 1 });

    return got.ok ? Number(got.value.items[0]?.["value"] ?? otherwise) : otherwise;
}

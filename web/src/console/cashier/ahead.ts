/* ahead.ts: 预缴, months that are charged ahead: which items have a discount for it and apply to a home, from which month on, and what
 * the calculator is asked, so that the cost stands there before anything is charged. */
import { list } from "@/shared/api";
import type { Rec } from "@/shared/types";
import { dayBefore, everyPage, listOf, text } from "../finance/finance";
import { appliesOf } from "../finance/applies";
import type { Home } from "./till";

/* A discount for so many months: percent, or the last days free. */
export interface Step { months: number; percent?: string; days?: number }
export interface Question { kind: "area"; [input: string]: unknown }

/* Versions of items with such a discount, and the buildings by their code: an item may be for some of them alone. */
export interface Offers { tariffs: readonly Rec[]; buildings: ReadonlyMap<string, string> }
export const NO_OFFERS: Offers = { tariffs: [], buildings: new Map() };

const MOST_MONTHS = 120; /* the server's, of a step */
const AREAS: Record<string, string> = { inner: "inner_area", garden: "garden_area" };
const COUNTED: Record<string, string> = { person: "persons", space: "spaces" };

export const stepsOf = (tariff: Rec): Step[] => listOf<Step>(tariff["ahead"]);
export const monthsOn = (day: string, n: number): string => new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + n, 1)).toISOString().slice(0, 10);
/* The month after the last one charged, and not before this one: only what has not ended is paid ahead. */
export function firstMonth(charged_to: string, today: string): string
{
    const now = monthsOn(today, 0), next = charged_to ? monthsOn(charged_to, 1) : now;

    return next > now ? next : now;
}
export const lastDay = (first: string, months: number): string => dayBefore(monthsOn(first, months));
export const holds = (tariff: Rec, from: string): boolean => text(tariff["from"]) <= from && (!tariff["to"] || text(tariff["to"]) >= from);
/* How many months from then on the price holds. */
export function mostMonths(tariff: Rec, from: string): number
{
    let months = 0;

    while (months < MOST_MONTHS && (!tariff["to"] || lastDay(from, months + 1) <= text(tariff["to"])))
        months++;
    return months;
}
export const monthsOf = (words: string): number | null => (/^\d{1,3}$/.test(words.trim()) && Number(words) > 0 && Number(words) <= MOST_MONTHS ? Number(words) : null);

/* As a run weighs it: use, building, floor, the house itself, each that is said. */
export function appliesTo(tariff: Rec, house: Rec, buildings: Offers["buildings"]): boolean
{
    const { use, buildings: of, houses, from, to } = appliesOf(tariff["applies_to"]);
    const floor = text(house["floor"]).trim(), level = Number(floor);

    return text(tariff["project"]) === text(house["project"]) && (!use.length || use.includes(text(house["use"]))) && (!houses.length || houses.includes(house.id)) &&
        (!of.length || of.includes(buildings.get(buildingKey(house["project"], house["building"])) ?? "")) &&
        ((!from && !to) || (/^-?\d+$/.test(floor) && (!from || level >= Number(from)) && (!to || level <= Number(to))));
}
const buildingKey = (project: unknown, code: unknown): string => `${text(project)} ${text(code)}`;

/* One for each item that can be paid ahead at the home: the version that a charge would begin with is chosen when it is known from when on. */
export function itemsFor(offers: Offers, house: Rec, today: string): Rec[]
{
    const open = offers.tariffs.filter((one) => (!one["to"] || text(one["to"]) >= today) && appliesTo(one, house, offers.buildings));
    const codes = [...new Set(open.map((one) => text(one["code"])))];

    return codes.map((code) => open.filter((one) => one["code"] === code).sort((a, b) => text(a["from"]).localeCompare(text(b["from"])))[0]!);
}
export const versionAt = (offers: Offers, house: Rec, code: string, from: string): Rec | null =>
    offers.tariffs.find((one) => one["code"] === code && holds(one, from) && appliesTo(one, house, offers.buildings)) ?? null;

/* What of the house the item counts, and how much of it there is; without it nothing can be charged. */
export function countedOf(tariff: Rec, house: Rec): { field: string; amount: string | null }
{
    const kind = text(tariff["kind"]);
    const field = kind === "area" ? (AREAS[text(tariff["area_kind"])] ?? "area") : (COUNTED[kind] ?? "");
    const has = field ? house[field] : 1;

    return { field, amount: typeof has === "number" && has > 0 ? String(has) : null };
}
/* The calculator reckons by the month with any number of anything; its kind is named after the most usual. */
export function questionOf(tariff: Rec, house: Rec, from: string, to: string): Question | null
{
    const { amount } = countedOf(tariff, house);

    return amount === null ? null : {
        kind: "area", area: amount, rate_yuan: text(tariff["rate_yuan"]), from, to, basis: text(tariff["day_basis"]) || "actual", ahead: tariff["ahead"],
        ...(text(tariff["empty_percent"]) && house["occupancy"] === "empty" ? { percent: text(tariff["empty_percent"]) } : {}),
        ...(tariff["raise_months"] ? { raise_months: tariff["raise_months"], raise_percent: text(tariff["raise_percent"]), raise_from: text(tariff["from"]) } : {}),
    };
}
/* Without the discount, what is taken off, and what is left: the discount is the last line. */
export function costOf(answer: { amount_fen: number; lines: { amount_fen: number }[] }): { full: number; saved: number; fen: number }
{
    const saved = -(answer.lines.at(-1)?.amount_fen ?? 0);

    return { full: answer.amount_fen + saved, saved, fen: answer.amount_fen };
}

/* Who is to pay: the tenant where that was agreed, else the owner. */
export function payerOf(home: Home): string | undefined
{
    const role = home.record["pays"] === "tenant" ? "tenant" : "owner";

    return (home.people.find((one) => one.role === role) ?? home.people.find((one) => one.role === "owner"))?.party;
}

export async function loadOffers(): Promise<Offers>
{
    const { items } = await everyPage("tariffs", { "filter[ahead][null]": false, sort: "id" });
    const by_building = items.some((one) => appliesOf(one["applies_to"]).buildings.length > 0);
    const spaces = by_building ? (await everyPage("spaces", { "filter[kind]": "building" })).items : [];

    return { tariffs: items, buildings: new Map(spaces.map((one) => [buildingKey(one["project"], one["code"]), one.id])) };
}
/* The last day that the item was charged for at the home; "" when it never was, null when that is not known. */
export async function chargedTo(house: string, code: string): Promise<string | null>
{
    const got = await list("charges", { "filter[house]": house, "filter[item]": code, "filter[late_of][null]": true, "filter[state][in]": "open,part,paid,written_off", sort: "-period_to", limit: 1, fields: "id,period_to" });

    return got.ok ? text(got.value.items[0]?.["period_to"]) : null;
}

/* meters.ts: a round of reading: what each meter showed last, what it usually counts, and what is odd about a new value. */
import { list, patch, post } from "@/shared/api";
import { compareWords } from "@/shared/format";
import { refLabel } from "@/shared/meta";
import { troubleTitle } from "@/shared/trouble";
import type { Rec } from "@/shared/types";
import { registersIn, type Register } from "../registers";
import { everyPage, text } from "./finance";

export type How = "actual" | "estimated" | "rollover" | "replaced";
/* A meter that is charged by the time of day has `registers`: it is read by them, and `value`, what the whole meter shows, follows. */
export interface Row {
    meter: Rec; home: string; last: number; last_day: string; usual: number | null; registers: Register[]; before: Record<string, number>;
    value: string; parts: Record<string, string>; how: How; id: string; sent: string; busy: boolean; wrong: string; photo: string;
}
export type Fault = "number" | "below" | "digits";
export type Mark = "" | Fault | "zero" | "low" | "high";

const NUMBER = /^\d+\.?\d{0,3}$/;
const LOW = 0.4, HIGH = 2.5, FEW = 6;
const number = (value: unknown): number => Number(text(value) || 0);
const day = (one: Rec): string => text(one["read_at"]).slice(0, 10);
const round = (value: number): number => Math.round(value * 1000) / 1000;

export async function rowsOf(building: string, of: Record<string, unknown>, since: string): Promise<{ rows: Row[]; by_time: boolean; trouble: string }>
{
    const query = { ...(of as Record<string, string>), ...(building ? { "filter[of_building]": building } : {}) };
    const [meters, readings, prices] = await Promise.all([everyPage("meters", { ...query, include: "house", "filter[removed_on][null]": true }), everyPage("readings", { ...query, sort: "-id", fields: "id,meter,value,registers,kind,rollover,read_at,used,run,photo" }, 8),
        everyPage("tariffs", { ...(of as Record<string, string>), "filter[kind]": "tou", sort: "-from", fields: "id,code,project,rates" })]);
    const trouble = [meters, readings, prices].map(({ trouble: one }) => (one && !one.ok ? troubleTitle(one.problem) : "")).find(Boolean) ?? "";
    const by = new Map<string, Rec[]>();

    for (const one of readings.items)
        by.set(text(one["meter"]), [...(by.get(text(one["meter"])) ?? []), one]);
    const rows = meters.items.map((meter) => rowOf(meter, prices.items, (by.get(meter.id) ?? []).sort((a, b) => day(b).localeCompare(day(a))), since));
    return { rows: rows.sort((a, b) => compareWords(a.home, b.home) || compareWords(a.meter.no ?? "", b.meter.no ?? "")), by_time: prices.items.length > 0, trouble };
}

/* What was read in this round already, and no run has billed, may still be corrected. */
export function rowOf(meter: Rec, prices: readonly Rec[], readings: readonly Rec[], since: string): Row
{
    const mine = readings.find((one) => day(one) >= since && !one["run"]);
    const before = readings.filter((one) => one !== mine);
    const used = before.filter((one) => one["kind"] === "actual").slice(0, FEW).map((one) => number(one["used"]));
    const price = prices.find((one) => one["code"] === meter["item"] && one["project"] === meter["project"]);
    const registers = price ? registersIn(price["rates"], meter["registers"]) : [];
    const numbers = (of: unknown): Record<string, string> => Object.fromEntries(registers.map((name) => [name, text((of as Record<string, unknown> | null | undefined)?.[name])]));
    const last = numbers(before[0] ? before[0]["registers"] : meter["registers"]);
    const row: Row = {
        meter, home: refLabel(meter, "house"), last: before[0] ? number(before[0]["value"]) : number(meter["initial"]), last_day: before[0] ? day(before[0]) : text(meter["installed_on"]),
        usual: used.length ? used.sort((a, b) => a - b)[Math.floor((used.length - 1) / 2)]! : null, registers, before: Object.fromEntries(registers.map((name) => [name, number(last[name])])),
        value: text(mine?.["value"]), parts: numbers(mine?.["registers"]), how: mine?.["rollover"] === true ? "rollover" : (text(mine?.["kind"]) as How) || "actual", id: mine?.id ?? "", sent: "", busy: false, wrong: "", photo: text(mine?.["photo"]),
    };

    return { ...row, sent: typedOf(row) };
}

/* What stands in the row's fields; "" until something does. */
export const typedOf = (row: Row): string => (row.registers.length ? row.registers.map((name) => row.parts[name] ?? "").join("/").replace(/^\/+$/, "") : row.value);
export const isKept = (row: Row): boolean => row.id !== "" && row.sent === typedOf(row);
export const missingOf = (row: Row): Register[] => (typedOf(row) ? row.registers.filter((name) => !row.parts[name]) : []);
const endOf = (row: Row): number => 10 ** Number(row.meter["digits"] ?? 5);

function counted(row: Row, before: number, words: string | undefined): number | null
{
    if (!words || !NUMBER.test(words))
        return null;
    const more = Number(words) - before;
    if (row.how === "replaced")
        return 0;
    return round(row.how === "rollover" && more < 0 ? more + endOf(row) : more);
}
export const partUsed = (row: Row, name: Register): number | null => counted(row, row.before[name] ?? 0, row.parts[name]);
export function usedOf(row: Row): number | null
{
    if (!row.registers.length)
        return counted(row, row.last, row.value);
    const used = row.registers.map((name) => partUsed(row, name));
    return used.includes(null) ? null : round(used.reduce<number>((sum, one) => sum + (one ?? 0), 0));
}
/* What the whole meter shows when its registers show this: it may go over its end before they do. */
export function wholeOf(row: Row): { value: number; over: boolean } | null
{
    const used = usedOf(row), end = endOf(row);

    if (used === null)
        return null;
    if (row.how === "replaced")
        return { value: round(row.registers.reduce((sum, name) => sum + Number(row.parts[name]), 0)), over: false };
    const value = row.last + used;
    return { value: round(value >= end ? value - end : value), over: value >= end };
}

/* Of one field: no number, more than the meter can show, or less than before. */
export function faultOf(row: Row, name?: Register): "" | Fault
{
    const words = name ? row.parts[name] : row.value, used = name ? partUsed(row, name) : usedOf(row);

    if (used === null)
        return words ? "number" : "";
    if (row.how === "replaced")
        return "";
    return Number(words) >= endOf(row) ? "digits" : used < 0 ? "below" : "";
}
export function markOf(row: Row): Mark
{
    const used = usedOf(row), faults = row.registers.length ? row.registers.map((name) => faultOf(row, name)) : [faultOf(row)];
    const fault = faults.find(Boolean);

    if (fault)
        return fault;
    if (used === null || row.how === "replaced" || row.usual === null || row.usual <= 0)
        return "";
    return used === 0 ? "zero" : used < row.usual * LOW ? "low" : used > row.usual * HIGH ? "high" : "";
}
/* What the server would refuse is not sent: the choice comes first. */
export const isFault = (mark: Mark): boolean => ["number", "below", "digits"].includes(mark);
export const isSendable = (row: Row): boolean => !isFault(markOf(row)) && usedOf(row) !== null;

function bodyOf(row: Row): Record<string, unknown>
{
    const whole = row.registers.length ? wholeOf(row) : null;

    return { ...(whole ? { value: String(whole.value), registers: { ...row.parts } } : { value: row.value }), kind: row.how === "rollover" ? "actual" : row.how, rollover: row.how === "rollover" || whole?.over === true, ...(row.photo ? { photo: row.photo } : {}) };
}
async function send(row: Row, body: Record<string, unknown>, read_at: string): Promise<Partial<Row>>
{
    const typed = typedOf(row);
    const got = row.id ? await patch(`readings/${row.id}`, body) : await post("readings", { meter: row.meter.id, read_at, ...body });

    return got.ok ? { id: got.value.id, ...(row.registers.length ? { value: text(body["value"]) } : {}), sent: typed, wrong: "" } : { wrong: got.problem.fields?.[0]?.message ?? troubleTitle(got.problem) };
}

/* Sends what stands in the row, and what has been changed meanwhile behind it, until it is kept or refused. */
export async function save(row: Row, read_at: string): Promise<void>
{
    let changed: boolean;

    if (row.busy || !isSendable(row) || isKept(row))
        return;
    row.busy = true;
    do {
        const body = bodyOf(row);
        Object.assign(row, await send(row, body, read_at));
        changed = JSON.stringify(bodyOf(row)) !== JSON.stringify(body);
        if (changed)
            row.sent = "";
    } while (changed && isSendable(row));
    row.busy = false;
}

export async function buildingsOf(of: Record<string, unknown>): Promise<string[]>
{
    const got = await list("houses", { ...(of as Record<string, string>), fields: "id,building", sort: "building", limit: 500 });

    return got.ok ? [...new Set(got.value.items.map((house) => text(house["building"])).filter(Boolean))].sort(compareWords) : [];
}

/* meters.ts: a round of reading: what each meter showed last, what it usually counts, and what is odd about a new value. */
import { list, patch, post } from "@/shared/api";
import { compareWords } from "@/shared/format";
import { refLabel } from "@/shared/meta";
import { troubleTitle } from "@/shared/trouble";
import type { Rec } from "@/shared/types";
import { everyPage, text } from "./finance";

export type How = "actual" | "estimated" | "rollover" | "replaced";
export interface Row {
    meter: Rec; home: string; last: number; last_day: string; usual: number | null;
    value: string; how: How; id: string; sent: string; busy: boolean; wrong: string; photo: string;
}
export type Mark = "" | "below" | "zero" | "low" | "high" | "digits";

const LOW = 0.4, HIGH = 2.5, FEW = 6;
const number = (value: unknown): number => Number(text(value) || 0);
const day = (one: Rec): string => text(one["read_at"]).slice(0, 10);

export async function rowsOf(building: string, of: Record<string, unknown>, since: string): Promise<{ rows: Row[]; trouble: string }>
{
    const query = { ...(of as Record<string, string>), ...(building ? { "filter[of_building]": building } : {}) };
    const [meters, readings] = await Promise.all([everyPage("meters", { ...query, include: "house", "filter[removed_on][null]": true }), everyPage("readings", { ...query, sort: "-id", fields: "id,meter,value,kind,read_at,used,run,photo" }, 8)]);
    const trouble = [meters, readings].map(({ trouble: one }) => (one && !one.ok ? troubleTitle(one.problem) : "")).find(Boolean) ?? "";
    const by = new Map<string, Rec[]>();

    for (const one of readings.items)
        by.set(text(one["meter"]), [...(by.get(text(one["meter"])) ?? []), one]);
    const rows = meters.items.map((meter) => rowOf(meter, (by.get(meter.id) ?? []).sort((a, b) => day(b).localeCompare(day(a))), since));
    return { rows: rows.sort((a, b) => compareWords(a.home, b.home) || compareWords(a.meter.no ?? "", b.meter.no ?? "")), trouble };
}

/* What was read in this round already, and no run has billed, may still be corrected. */
function rowOf(meter: Rec, readings: readonly Rec[], since: string): Row
{
    const mine = readings.find((one) => day(one) >= since && !one["run"]);
    const before = readings.filter((one) => one !== mine);
    const used = before.filter((one) => one["kind"] === "actual").slice(0, FEW).map((one) => number(one["used"]));
    const value = text(mine?.["value"]);

    return {
        meter, home: refLabel(meter, "house"), last: before[0] ? number(before[0]["value"]) : number(meter["initial"]), last_day: before[0] ? day(before[0]) : text(meter["installed_on"]),
        usual: used.length ? used.sort((a, b) => a - b)[Math.floor((used.length - 1) / 2)]! : null, value, how: (text(mine?.["kind"]) as How) || "actual", id: mine?.id ?? "", sent: value, busy: false, wrong: "", photo: text(mine?.["photo"]),
    };
}

export function usedOf(row: Row): number | null
{
    if (row.value === "" || Number.isNaN(Number(row.value)))
        return null;
    const more = Number(row.value) - row.last;
    if (row.how === "replaced")
        return 0;
    return Math.round((row.how === "rollover" && more < 0 ? more + 10 ** Number(row.meter["digits"] ?? 5) : more) * 1000) / 1000;
}

export function markOf(row: Row): Mark
{
    const used = usedOf(row);

    if (used === null || row.how === "replaced")
        return "";
    if (Number(row.value) >= 10 ** Number(row.meter["digits"] ?? 5))
        return "digits";
    if (used < 0)
        return "below";
    if (row.usual === null || row.usual <= 0)
        return "";
    return used === 0 ? "zero" : used < row.usual * LOW ? "low" : used > row.usual * HIGH ? "high" : "";
}
/* What the server would refuse is not sent: the choice comes first. */
export const isSendable = (row: Row): boolean => row.value !== "" && !["below", "digits"].includes(markOf(row)) && usedOf(row) !== null;

export async function send(row: Row, read_at: string): Promise<Partial<Row>>
{
    const body = { value: row.value, kind: row.how === "rollover" ? "actual" : row.how, rollover: row.how === "rollover", ...(row.photo ? { photo: row.photo } : {}) };
    const got = row.id ? await patch(`readings/${row.id}`, body) : await post("readings", { meter: row.meter.id, read_at, ...body });

    return got.ok ? { id: got.value.id, sent: row.value, busy: false, wrong: "" } : { busy: false, wrong: got.problem.fields?.[0]?.message ?? troubleTitle(got.problem) };
}

export async function buildingsOf(of: Record<string, unknown>): Promise<string[]>
{
    const got = await list("houses", { ...(of as Record<string, string>), fields: "id,building", sort: "building", limit: 500 });

    return got.ok ? [...new Set(got.value.items.map((house) => text(house["building"])).filter(Boolean))].sort(compareWords) : [];
}

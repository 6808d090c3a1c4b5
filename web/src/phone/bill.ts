/* bill.ts: the bills of one home: months, what is open of each line, what changed since the month before, payments. */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue";
import { list } from "@/shared/api";
import { useEvents } from "@/shared/events";
import { dayOf, yuan } from "@/shared/format";
import { language, t } from "@/shared/i18n";
import type { Due, DueItem, FeeLine, Offer, Problem, Rec } from "@/shared/types";
import { keepSeen, readSeen } from "./kept";
import { outbox } from "./outbox";
import { askDue } from "./owed";

export interface Line {
    id: string; item: string; name: string; agency: boolean; unit: string; state: string; from: string; to: string; due: string; run: string; late: boolean;
    fen: number; open: number; late_fen: number; lines: FeeLine[]; late_lines: FeeLine[];
    quantity: string; tariff: Rec | null; disputed: boolean; reason: string; outcome: string; dispute: Offer | null;
}
export interface Month { key: string; lines: Line[]; fen: number; open: number; late_fen: number; due: string }
interface Kept { charges: Rec[]; tariffs: Rec[]; payments: Rec[]; readings: Rec[]; receipts?: Rec[] } /* what was kept before may lack receipts */

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const WHOLE: Kept = { charges: [], tariffs: [], payments: [], readings: [] };

export interface Bill {
    due: ShallowRef<Due | null>; kept: ShallowRef<Kept>; months: ComputedRef<Month[]>; open: ComputedRef<Month[]>;
    ready: ShallowRef<boolean>; old: ShallowRef<boolean>; problem: ShallowRef<Problem | null>; reload: () => Promise<void>;
}

export function useBill(house: () => string): Bill
{
    const due = shallowRef<Due | null>(null), kept = shallowRef<Kept>(WHOLE), ready = shallowRef(false), old = shallowRef(false);
    const problem = shallowRef<Problem | null>(null);
    let later = 0;

    async function reload(): Promise<void>
    {
        const mine = house();
        if (!mine)
            return;
        const of = { "filter[house]": mine, limit: 200 };
        const [owed, charges, ...beside] = await Promise.all([askDue(mine), list("charges", of), list("tariffs", { limit: 200 }), list("payments", of), list("readings", of), list("meters", of), list("receipts", of)]);
        if (mine !== house())
            return;
        due.value = owed;
        old.value = !charges.ok && charges.problem.status === 0;
        problem.value = charges.ok || old.value ? null : charges.problem;
        if (charges.ok) {
            const [tariffs = [], payments = [], readings = [], meters = [], receipts = []] = beside.map((got) => (got.ok ? got.value.items : []));
            const items = new Map(meters.map((meter) => [meter.id, meter["item"]]));
            kept.value = { charges: charges.value.items, tariffs, payments, readings: readings.map((one) => ({ ...one, item: items.get(text(one["meter"])) })), receipts };
            void keepSeen(`bill.${mine}`, kept.value);
        } else if (old.value) {
            kept.value = (await readSeen<Kept>(`bill.${mine}`)) ?? WHOLE;
        }
        ready.value = true;
    }
    watch(house, () => { ready.value = false; kept.value = WHOLE; due.value = null; void reload(); }, { immediate: true });
    useEvents((heard) => {
        if (heard.kind !== "reset" && !["charges", "payments"].includes(heard.change.resource))
            return;
        clearTimeout(later);
        later = window.setTimeout(() => void reload(), 400);
    });

    const months = computed(() => monthsOf(kept.value, due.value));
    return { due, kept, months, open: computed(() => months.value.filter((month) => month.open > 0)), ready, old, problem, reload };
}

/* A bill is of the month that its lines are due in; the newest first. A reversed line was never owed. */
function monthsOf(kept: Kept, due: Due | null): Month[]
{
    const tariffs = new Map(kept.tariffs.map((one) => [one.id, one]));
    const open = new Map((due?.items ?? []).map((item) => [item.id, item]));
    const months = new Map<string, Line[]>();

    for (const charge of kept.charges.filter((one) => one.state !== "reversed" && !one["reverses"])) {
        const line = lineOf(charge, tariffs.get(text(charge["tariff"])) ?? null, open.get(charge.id));
        const key = (line.due || line.to || text(charge.created_at)).slice(0, 7);
        months.set(key, [...(months.get(key) ?? []), line]);
    }
    return [...months].sort(([a], [b]) => b.localeCompare(a)).map(([key, lines]) => ({
        key, lines: lines.sort((a, b) => Number(a.late) - Number(b.late) || b.fen - a.fen), fen: sum(lines, "fen"), open: sum(lines, "open"), late_fen: sum(lines, "late_fen"),
        due: lines.map((line) => line.due).filter(Boolean).sort().at(0) ?? "",
    }));
}
const sum = (lines: readonly Line[], what: "fen" | "open" | "late_fen"): number => lines.reduce((all, line) => all + line[what], 0);

function lineOf(charge: Rec, tariff: Rec | null, open: DueItem | undefined): Line
{
    const outbox_holds = outbox.mine.value.some((intent) => intent.record === charge.id && intent.action === "dispute");
    const late = !!charge["late_of"];
    return {
        id: charge.id, item: text(charge["item"]), name: nameOf(charge, tariff, late), agency: tariff?.["agency"] === true, unit: text(tariff?.["unit"]), state: text(charge.state),
        from: text(charge["period_from"]), to: text(charge["period_to"]), due: text(charge["due_date"]), run: text(charge["run"]), late,
        fen: number(charge["amount_fen"]), open: number(charge["open_fen"]), late_fen: open?.late_fen ?? 0, lines: (charge["lines"] as FeeLine[] | undefined) ?? [], late_lines: open?.late_lines ?? [],
        quantity: text(charge["quantity"]), tariff, disputed: outbox_holds || (!!charge["disputed_at"] && !charge["dispute_outcome"]), reason: text(charge["dispute_reason"]), outcome: text(charge["dispute_outcome"]),
        dispute: outbox_holds ? null : (charge.actions?.find(({ name }) => name === "dispute") ?? null),
    };
}

/* The item's name without the month, which stands above it. */
function nameOf(charge: Rec, tariff: Rec | null, late: boolean): string
{
    const own = language() === "en" ? text(tariff?.["name_en"]) : "";
    const name = own || text(tariff?.["name"]) || text(charge["title"]).replace(/\s\d{4}-\d\d.*$/, "");

    return late ? t("bill.late_of", { what: name }) : name;
}

export function monthName(key: string): string
{
    const [year = "", month = ""] = key.split("-");
    const name = t(`date.month.${Number(month)}`);

    return year === dayOf().slice(0, 4) ? name : t("bill.month_of", { year, month: name });
}

/* "比 10 月多 ¥ 5.00：水费多 ¥ 5.00（多用 1 m³），其他没变": by item, the largest differences first. */ // lint: words
export function changeSince(months: readonly Month[]): { head: string; items: string }
{
    const [now, before] = months;
    if (!now || !before)
        return { head: "", items: "" };
    const own = now.lines.filter(({ late }) => !late), theirs = before.lines.filter(({ late }) => !late);
    const names = new Map([...theirs, ...own].map((line) => [line.item, line]));
    const parts = [...names].map(([item, line]) => ({ line, fen: sum(of(own, item), "fen") - sum(of(theirs, item), "fen"), used: usedMore(of(own, item), of(theirs, item)) }));
    const moved = parts.filter(({ fen }) => fen !== 0).sort((a, b) => Math.abs(b.fen) - Math.abs(a.fen));
    const all = parts.reduce((total, { fen }) => total + fen, 0);
    const month = monthName(before.key);

    if (!moved.length)
        return { head: t("bill.same", { month }), items: "" };
    const said = moved.slice(0, SAID).map(({ line, fen, used }) => t(fen > 0 ? "bill.item_more" : "bill.item_less", { what: line.name, money: yuan(Math.abs(fen)) }) + used);
    const rest = moved.length > SAID ? t("bill.and_more", { n: moved.length - SAID }) : parts.length > moved.length ? t("bill.rest_same") : "";
    return { head: t(all > 0 ? "bill.more" : all < 0 ? "bill.less" : "bill.same_sum", { month, money: yuan(Math.abs(all)) }), items: [...said, rest].filter(Boolean).join(t("bill.join")) };
}
const SAID = 3;
const of = (lines: readonly Line[], item: string): Line[] => lines.filter((line) => line.item === item);
function usedMore(now: readonly Line[], before: readonly Line[]): string
{
    const kind = text(now[0]?.tariff?.["kind"]);
    const [here, there] = [now[0], before[0]];
    if (!["meter", "stepped"].includes(kind) || !here?.quantity || !there?.quantity)
        return "";
    const more = Math.round((Number(here.quantity) - Number(there.quantity)) * 1000) / 1000;
    return more ? t(more > 0 ? "bill.used_more" : "bill.used_less", { n: Math.abs(more), unit: here.unit }) : "";
}

/* The readings that a line was billed by; of several meters the one that used as much. */
export function readingsOf(line: Line, readings: readonly Rec[]): Rec[]
{
    const all = line.late || !line.run ? [] : readings.filter((one) => one["run"] === line.run && one["item"] === line.item);
    const same = all.filter((one) => one["used"] === line.quantity);

    return same.length ? same : all;
}

/* tariff.ts: the form of a price, what is sent of it, and the question that 试算 asks of the server. */ // lint: words
import type { Rec } from "@/shared/types";
import { appliesBody, appliesOf, type Applies } from "./applies";
import { REGISTERS, type Register } from "../registers";
import { dayBefore, listOf, monthAt, text } from "./finance";

export interface Step { limit: string; price: string; wider: string }
/* A discount for paying so many months ahead: percent, or days free. */
export interface Ahead { months: string; off: string; as: "percent" | "days" }
export interface Form {
    code: string; name: string; name_en: string; kind: string; rate_yuan: string; unit: string; steps: Step[]; step_persons: string; rates: Record<Register, string>; formula: string; area_kind: string; share_by: string;
    from: string; agency: boolean; tax_percent: string; day_basis: string; empty_percent: string; due_day: string; late_per_ten_thousand: string; late_grace_days: string; late_cap_percent: string; note: string;
    raise_months: string; raise_percent: string; ahead: Ahead[]; applies: Applies;
}
/* What the calculator is tried with: a home of the reader's making. */
export interface Sample { area: string; persons: string; spaces: string; use: string; from: string; to: string; total: string; uses: Record<Register, string> }

export const KINDS = ["area", "fixed", "person", "space", "meter", "tou", "stepped", "share", "formula", "one_off"] as const;
export const isPriced = (kind: string): boolean => ["area", "fixed", "person", "space", "meter"].includes(kind);
export const isMetered = (kind: string): boolean => ["meter", "tou", "stepped"].includes(kind);
export const isMonthly = (kind: string): boolean => ["area", "fixed", "person", "space"].includes(kind);
const ratesOf = (value: unknown): Record<Register, string> => Object.fromEntries(REGISTERS.map((name) => [name, text((value as Record<string, unknown> | null)?.[name])])) as Record<Register, string>;
const given = (numbers: Record<Register, string>): Record<string, string> => Object.fromEntries(Object.entries(numbers).filter(([, value]) => value.trim()));
const NUMBERS = ["rate_yuan", "tax_percent", "empty_percent", "late_per_ten_thousand", "late_cap_percent"] as const;
const WHOLE = ["due_day", "late_grace_days"] as const;

export function formOf(base: Rec | null): Form
{
    const of = (name: string): string => text(base?.[name]);
    const steps = listOf<[string | number | null, string, (string | number)?]>(base?.["steps"]).map(([limit, price, wider]) => ({ limit: text(limit), price, wider: text(wider) }));
    const ahead = listOf<{ months: number; percent?: string; days?: number }>(base?.["ahead"]).map(({ months, percent, days }): Ahead => ({ months: text(months), off: text(percent ?? days), as: days ? "days" : "percent" }));

    return {
        code: of("code"), name: of("name"), name_en: of("name_en"), kind: of("kind") || "area", rate_yuan: of("rate_yuan"), unit: of("unit"), steps: steps.length ? steps : [{ limit: "180", price: "", wider: "" }, { limit: "", price: "", wider: "" }],
        step_persons: of("step_persons"), rates: ratesOf(base?.["rates"]), raise_months: of("raise_months"), raise_percent: of("raise_percent"), ahead, applies: appliesOf(base?.["applies_to"]),
        formula: of("formula"), area_kind: of("area_kind") || "built", share_by: of("share_by") || "area", from: base ? firstPossible(base) : monthAt(0).from, agency: base?.["agency"] === true, tax_percent: of("tax_percent"),
        day_basis: of("day_basis") || "actual", empty_percent: of("empty_percent"), due_day: of("due_day"), late_per_ten_thousand: of("late_per_ten_thousand"), late_grace_days: of("late_grace_days"), late_cap_percent: of("late_cap_percent"), note: "",
    };
}
/* The next month, or the day after the version that is to end. */
function firstPossible(base: Rec): string
{
    const next = monthAt(1).from;
    return text(base["from"]) < next ? next : monthAfter(text(base["from"]));
}
const monthAfter = (day: string): string => new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 1)).toISOString().slice(0, 10);
export const endOf = (from: string): string => (from ? dayBefore(from) : "");

const stepsOf = (form: Form): (string | null)[][] => form.steps.map(({ limit, price, wider }, i) => (i === form.steps.length - 1 ? [null, price] : form.step_persons && wider.trim() ? [limit, price, wider.trim()] : [limit, price]));
const aheadOf = (form: Form): Record<string, unknown>[] => form.ahead.map(({ months, off, as }) => ({ months: Number(months), [as]: as === "days" ? Number(off) : off.trim() }));

export function bodyOf(form: Form): Record<string, unknown>
{
    const body: Record<string, unknown> = { code: form.code.trim(), name: form.name.trim(), kind: form.kind, from: form.from, agency: form.agency };

    for (const name of ["name_en", "unit", "note"] as const)
        if (form[name].trim())
            body[name] = form[name].trim();
    for (const name of NUMBERS)
        if (form[name].trim() && (name !== "rate_yuan" || isPriced(form.kind)))
            body[name] = form[name].trim();
    for (const name of WHOLE)
        if (form[name].trim())
            body[name] = Number(form[name]);
    if (form.kind === "area")
        body["area_kind"] = form.area_kind;
    if (form.kind === "share")
        body["share_by"] = form.share_by;
    if (form.kind === "stepped") {
        body["steps"] = stepsOf(form);
        if (form.step_persons)
            body["step_persons"] = Number(form.step_persons);
    }
    if (form.kind === "tou")
        body["rates"] = given(form.rates);
    if (isMonthly(form.kind)) {
        if (form.raise_months || form.raise_percent)
            Object.assign(body, { ...(form.raise_months ? { raise_months: Number(form.raise_months) } : {}), ...(form.raise_percent ? { raise_percent: form.raise_percent } : {}) });
        if (form.ahead.length)
            body["ahead"] = aheadOf(form);
    }
    if (appliesBody(form.applies))
        body["applies_to"] = appliesBody(form.applies);
    if (form.kind === "formula")
        body["formula"] = form.formula.trim();
    body["day_basis"] = form.day_basis;
    return body;
}

/* Months as the calculator counts them: the sample's, whole. */
export const monthsIn = (sample: Sample): number => (Number(sample.to.slice(0, 4)) - Number(sample.from.slice(0, 4))) * 12 + Number(sample.to.slice(5, 7)) - Number(sample.from.slice(5, 7)) + 1;
const PER: Record<string, [name: string, unit: string]> = { fixed: ["houses", "house"], person: ["persons", "person"], space: ["spaces", "space"] };

const risen = (form: Form): Record<string, unknown> => (form.raise_months && form.raise_percent ? { raise_months: Number(form.raise_months), raise_percent: form.raise_percent, raise_from: form.from } : {});
/* Does the sample reach the first discount? */
const aheadIn = (form: Form, sample: Sample): boolean => form.ahead.length > 0 && form.ahead.every(({ months, off }) => months && off) && monthsIn(sample) >= Math.min(...form.ahead.map(({ months }) => Number(months)));

/* Null: not enough has been filled in yet, or there is nothing to work out. */
export function questionOf(form: Form, sample: Sample): Record<string, unknown> | null
{
    const { kind } = form;
    const amounts = { area: sample.area, persons: Number(sample.persons), houses: 1, spaces: Number(sample.spaces), months: monthsIn(sample), use: sample.use };

    if (kind === "area")
        return form.rate_yuan && sample.area ? { kind, area: sample.area, rate_yuan: form.rate_yuan, from: sample.from, to: sample.to, basis: form.day_basis, ...risen(form), ...(aheadIn(form, sample) ? { ahead: aheadOf(form) } : {}) } : null;
    if (kind === "meter")
        return form.rate_yuan && sample.use ? { kind, use: sample.use, rate_yuan: form.rate_yuan } : null;
    if (kind === "stepped")
        return form.steps.every(({ price }) => price) && sample.use ? { kind, steps: stepsOf(form), before: "0", use: sample.use, ...(form.step_persons ? { step_persons: Number(form.step_persons), persons: Number(sample.persons) } : {}) } : null;
    if (kind === "tou")
        return Object.keys(given(form.rates)).length ? { kind, rates: given(form.rates), use: Object.fromEntries(Object.keys(given(form.rates)).map((name) => [name, sample.uses[name as Register] || "0"])) } : null;
    if (kind === "share")
        return sample.total && sample.area ? { kind, total_fen: Math.round(Number(sample.total) * 100), weights: form.share_by === "house" ? ["1", "1", "1"] : [sample.area, "100", "120"] } : null;
    if (kind === "formula")
        return form.formula.trim() ? { kind, formula: form.formula, ...amounts } : null;
    const per = PER[kind];
    return per && form.rate_yuan ? { kind: "formula", formula: `${per[0]} * ${form.rate_yuan}[yuan/${per[1]}/month] * months`, ...amounts } : null;
}

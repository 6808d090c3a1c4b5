/* edit.ts: a plan as its form holds it, what the form sends, and what it asks the calculator. */
import type { Rec } from "@/shared/types";
import { text } from "./plans";
import { formOf, newRule, ruleOf, type RuleForm } from "./rule";

export interface PlanForm {
    title: string;
    by_count: boolean;
    rule: RuleForm;
    day: string;
    time: string;
    holidays: string;
    exceptions: string[];
    season_from: string;
    season_to: string;
    anchor: string;
    window_before_min: string;
    window_after_min: string;
    duration_min: string;
    team: string;
    skill: string;
    assignee: string | null;
    space: string | null;
    checklist_template: string;
    statutory: boolean;
    legal_basis: string;
    every: string;
    counter_unit: string;
    note: string;
    more: Record<string, unknown>; /* what modules lay over plans */
}
const PLAIN = ["season_from", "season_to", "window_before_min", "window_after_min", "duration_min", "team", "skill", "checklist_template", "legal_basis", "every", "counter_unit", "note"] as const;
const NUMBERS = new Set<string>(["season_from", "season_to", "window_before_min", "window_after_min", "duration_min"]);
/* The fields that the form draws itself; others are asked as any field is. */
export const OWN = new Set<string>([...PLAIN, "title", "rrule", "dtstart", "holidays", "exceptions", "anchor", "assignee", "space", "statutory", "project"]);

export function planForm(plan: Rec | null, now: string): PlanForm
{
    const start = text(plan?.["dtstart"]) || `${now.slice(0, 10)}T08:30:00`;
    const plain = Object.fromEntries(PLAIN.map((name) => [name, text(plan?.[name])])) as Record<(typeof PLAIN)[number], string>;

    return {
        ...plain, title: text(plan?.["title"]), by_count: plan !== null && !!plan["every"], rule: plan ? formOf(text(plan["rrule"]) || null) : newRule(), day: start.slice(0, 10), time: start.slice(11, 16),
        holidays: text(plan?.["holidays"]) || "none", exceptions: Array.isArray(plan?.["exceptions"]) ? [...(plan["exceptions"] as string[])] : [], anchor: text(plan?.["anchor"]) || "fixed",
        assignee: text(plan?.["assignee"]) || null, space: text(plan?.["space"]) || null, statutory: plan?.["statutory"] === true, more: {},
    };
}
export const startOf = (form: PlanForm): string => `${form.day}T${form.time || "00:00"}:00`;

const plainOf = (form: PlanForm, name: (typeof PLAIN)[number]): unknown => {
    const typed = form[name].trim();
    return typed === "" ? null : NUMBERS.has(name) && !Number.isNaN(Number(typed)) ? Number(typed) : typed;
};
/* Everything, nothing as null: of a new plan what is null is left out. */
export function bodyOf(form: PlanForm, fresh: boolean): Record<string, unknown>
{
    const rule = form.by_count && form.rule.kind === "once" ? "" : ruleOf(form.rule);
    const body: Record<string, unknown> = {
        title: form.title.trim(), rrule: rule || null, dtstart: startOf(form), holidays: form.holidays, exceptions: form.exceptions.length ? form.exceptions : null, anchor: form.anchor, assignee: form.assignee, space: form.space, statutory: form.statutory,
        ...Object.fromEntries(PLAIN.map((name) => [name, plainOf(form, name)])), ...(form.by_count ? {} : { every: null, counter_unit: null }), ...form.more,
    };
    return fresh ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined && value !== "")) : body;
}
/* What POST plans/preview is asked; null when there is no rule to ask about. */
export function previewOf(form: PlanForm, from: string, to: string, plan: string | null, max: number): Record<string, unknown> | null
{
    const rrule = ruleOf(form.rule);

    if (!rrule || !form.day)
        return null;
    return {
        rrule, dtstart: startOf(form), from, to, max, holidays: form.holidays, anchor: form.anchor, ...(form.exceptions.length ? { exceptions: form.exceptions } : {}),
        ...(form.season_from && form.season_to ? { season_from: Number(form.season_from), season_to: Number(form.season_to) } : {}), ...(plan ? { plan } : {}),
    };
}

/* rule.ts: recurrence rules (RFC 5545) as people say them, and as a form that writes them. What the form cannot say stays as it was typed. */
import { language, t } from "@/shared/i18n";

export const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Day = (typeof DAYS)[number];
export type Every = "once" | "hours" | "day" | "week" | "month_day" | "month_week" | "year" | "typed";
export const KINDS: readonly Every[] = ["day", "week", "month_day", "month_week", "year", "hours", "once", "typed"];

/* What the form holds. Each kind uses its own members; the others keep what was chosen before. */
export interface RuleForm {
    kind: Every;
    interval: number;
    days: Day[];
    month_days: number[]; /* −1: the last */
    nth: number;          /* of month_week: 1..4, −1 the last */
    weekday: Day;
    from_hour: number;    /* of hours, both included */
    to_hour: number;
    until: string;        /* YYYY-MM-DD, or nothing */
    typed: string;
}
export const newRule = (): RuleForm => ({ kind: "day", interval: 1, days: ["MO"], month_days: [1], nth: 1, weekday: "MO", from_hour: 0, to_hour: 23, until: "", typed: "" });

/* Its parts by name, or null when it is not made of NAME=VALUE. */
export function partsOf(rule: string): Map<string, string> | null
{
    const parts = rule.trim().toUpperCase().split(";").filter(Boolean).map((part) => part.split("="));

    return parts.length > 0 && parts.every((part) => part.length === 2 && part[1]) ? new Map(parts as [string, string][]) : null;
}

const hours = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => from + i).join(",");

export function ruleOf(form: RuleForm): string
{
    const step = form.interval > 1 ? `;INTERVAL=${form.interval}` : "";
    const end = form.until ? `;UNTIL=${form.until.replaceAll("-", "")}T235959` : "";
    const some = [...form.month_days].sort((a, b) => (a < 0 ? 1 : b < 0 ? -1 : a - b)).join(",");

    switch (form.kind) {
    case "once": return "";
    case "typed": return form.typed.trim();
    case "hours": return `FREQ=HOURLY${step}${form.from_hour > 0 || form.to_hour < 23 ? `;BYHOUR=${hours(form.from_hour, Math.max(form.from_hour, form.to_hour))}` : ""}${end}`;
    case "day": return `FREQ=DAILY${step}${end}`;
    case "week": return `FREQ=WEEKLY${step}${form.days.length ? `;BYDAY=${DAYS.filter((day) => form.days.includes(day)).join(",")}` : ""}${end}`;
    case "month_day": return `FREQ=MONTHLY${step}${some ? `;BYMONTHDAY=${some}` : ""}${end}`;
    case "month_week": return `FREQ=MONTHLY${step};BYDAY=${form.nth}${form.weekday}${end}`;
    case "year": return `FREQ=YEARLY${step}${end}`;
    }
}

/* The form that writes this rule; when there is none, the rule as it is. */
export function formOf(rule: string | null | undefined, otherwise = newRule()): RuleForm
{
    const parts = rule ? partsOf(rule) : null;

    if (!rule)
        return { ...otherwise, kind: "once" };
    for (const kind of KINDS.filter((one) => one !== "typed" && one !== "once")) {
        const form = parts ? guess(kind, parts, otherwise) : null;
        if (form && same(ruleOf(form), rule))
            return { ...form, typed: rule };
    }
    return { ...otherwise, kind: "typed", typed: rule };
}

function guess(kind: Every, parts: Map<string, string>, otherwise: RuleForm): RuleForm
{
    const list = (name: string): string[] => parts.get(name)?.split(",") ?? [];
    const [, nth, weekday] = /^(-?\d)([A-Z]{2})$/.exec(parts.get("BYDAY") ?? "") ?? [];
    const by_hour = list("BYHOUR").map(Number);
    const until = /^(\d{4})(\d\d)(\d\d)T235959$/.exec(parts.get("UNTIL") ?? "");

    return {
        ...otherwise, kind, interval: Number(parts.get("INTERVAL") ?? 1), days: list("BYDAY") as Day[], month_days: list("BYMONTHDAY").map(Number),
        nth: Number(nth ?? otherwise.nth), weekday: (weekday as Day | undefined) ?? otherwise.weekday,
        from_hour: by_hour[0] ?? 0, to_hour: by_hour.at(-1) ?? 23, until: until ? until.slice(1).join("-") : "",
    };
}
const sorted = (rule: string): string => [...(partsOf(rule) ?? new Map<string, string>())].map(([name, value]) => `${name}=${value.split(",").sort().join(",")}`).filter((part) => part !== "INTERVAL=1").sort().join(";");
const same = (one: string, other: string): boolean => sorted(one) === sorted(other);

const two = (n: number | string): string => String(n).padStart(2, "0");
const and = (words: readonly string[]): string => words.join(t("plan.rule.comma"));
const dayName = (day: string): string => t(`date.weekday.${(DAYS.indexOf(day as Day) + 1) % 7}`);
const place = (n: number): string => t(`plan.rule.nth_${n < 0 ? "last" : n}`);

/* Weekdays, with their place in the month when they have one. */
const weekdays = (text: string): string => and(text.split(",").map((one) => {
    const [, n, day] = /^(-?\d+)?([A-Z]{2})$/.exec(one) ?? [];
    return n ? t("plan.rule.nth_day", { nth: place(Number(n)), day: dayName(day!) }) : dayName(day ?? one);
}));
const monthDays = (text: string): string => {
    const all = text.split(",").map(Number), counted = all.filter((n) => n > 0).join(t("plan.rule.comma"));
    return and([...(counted ? [t("plan.rule.day_n", { n: counted })] : []), ...all.filter((n) => n < 0).map((n) => (n === -1 ? t("plan.rule.last_day") : t("plan.rule.from_end", { n: -n })))]);
};
const months = (text: string): string => and(text.split(",").map((n) => t(`date.month.${Number(n)}`)));

/* The hours it names: its own, or that of its beginning. */
function timesOf(parts: Map<string, string>, start: string): string
{
    const at = /T(\d\d):?(\d\d)/.exec(start), minutes = parts.get("BYMINUTE")?.split(",") ?? [at?.[2] ?? "0"];
    const all = (parts.get("BYHOUR")?.split(",") ?? [at?.[1]]).filter((hour): hour is string => hour !== undefined);

    return all.flatMap((hour) => minutes.map((minute) => `${two(hour)}:${two(minute)}`)).join(t("plan.rule.comma"));
}
const spanOf = (text: string | undefined): string => {
    const all = text?.split(",").map(Number) ?? [];
    return all.length ? t("plan.rule.between", { from: two(all[0]!), to: two(all.at(-1)!) }) : "";
};

const KNOWN = new Set(["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYHOUR", "BYMINUTE", "COUNT", "UNTIL"]);
const UNITS: Record<string, string> = { MINUTELY: "minute", HOURLY: "hour", DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" };

/* A rule in words: 每周一、周四 08:30. `start` is the plan's beginning (YYYY-MM-DDTHH:MM), which says what the rule leaves out. */ // lint: words
export function ruleWords(rule: string | null | undefined, start = ""): string
{
    const parts = rule ? partsOf(rule) : null, unit = UNITS[parts?.get("FREQ") ?? ""];
    const day = start.slice(0, 10);

    if (!rule)
        return day ? t("plan.rule.once", { at: `${day} ${start.slice(11, 16)}`.trim() }) : t("plan.rule.never");
    if (!parts || !unit || [...parts.keys()].some((name) => !KNOWN.has(name)))
        return rule;
    const n = Number(parts.get("INTERVAL") ?? 1), fine = unit === "hour" || unit === "minute", days = daysOf(parts, unit, day), months_only = unit === "year" ? undefined : parts.get("BYMONTH");
    const every = n > 1 ? t(`plan.rule.every_n_${unit}`, { n }) : t(unit === "week" && days ? "plan.rule.every_on" : `plan.rule.every_${unit}`);
    const on = !days ? "" : fine || unit === "day" ? t("plan.rule.only", { what: days }) : t(n > 1 ? "plan.rule.on_n" : "plan.rule.on", { what: days });
    const until = parts.get("UNTIL")?.replace(/^(\d{4})(\d\d)(\d\d).*/, "$1-$2-$3"), count = parts.get("COUNT");
    const words = [every, on, months_only ? t("plan.rule.only", { what: months(months_only) }) : "", fine ? spanOf(parts.get("BYHOUR")) : timesOf(parts, start), until ? t("plan.rule.until", { at: until }) : "", count ? t("plan.rule.times", { n: count }) : ""];

    return join(words.filter(Boolean));
}

/* Which days of its period; of a year also the month. */
function daysOf(parts: Map<string, string>, unit: string, start: string): string
{
    const by_day = parts.get("BYDAY"), by_month_day = parts.get("BYMONTHDAY"), by_month = parts.get("BYMONTH");
    const first = start ? new Date(`${start}T12:00:00Z`) : null, one = first ? t("plan.rule.day_n", { n: first.getUTCDate() }) : "";
    const days = by_day ? weekdays(by_day) : by_month_day ? monthDays(by_month_day) : !first ? "" : unit === "week" ? dayName(DAYS[(first.getUTCDay() + 6) % 7]!) : unit === "month" || unit === "year" ? one : "";
    const month = unit !== "year" ? "" : by_month ? months(by_month) : first ? t(`date.month.${first.getUTCMonth() + 1}`) : "";

    return month && days ? t("plan.rule.of_month", { month, days }) : month || days;
}
/* Chinese needs a blank only beside what stands for itself; English between all words. */
const join = (words: string[]): string => words.reduce((all, word) => all + (all && (language() === "en" || /^[\d共到]/.test(word)) ? " " : "") + word, "").replace(/ {2,}/g, " "); // lint: words

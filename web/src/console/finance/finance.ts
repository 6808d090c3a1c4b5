/* finance.ts: what the money pages share: the project, months, the shapes of a run's figures, arrears by age. */
import { computed, ref, shallowRef, watch } from "vue";
import { list, type Query } from "@/shared/api";
import { recall, remember } from "@/shared/draft";
import { dayOf, DAY_MS } from "@/shared/format";
import { hasWord, language, t } from "@/shared/i18n";
import type { Rec, Result, Page } from "@/shared/types";

export interface RunItem { tariff: string; item: string; title: string; title_en?: string; count: number; fen: number; before_fen: number }
export const itemTitle = (item: RunItem): string => (language() === "en" && item.title_en) || item.title;
export interface RunException { house: string; no: string; tariff: string; item: string; code: string; zh: string; en: string; billed: boolean; fen?: number; before_fen?: number }

/* The project whose books these are; who keeps several chooses. */
export const projects = shallowRef<Rec[]>([]);
export const project = ref(recall("finance.project", ""));
watch(project, (id) => remember("finance.project", id));
let asked = false;
export async function askProjects(): Promise<void>
{
    if (asked)
        return;
    asked = true;
    const got = await list("projects", { limit: 200 });
    asked = got.ok;
    projects.value = got.ok ? got.value.items : [];
    if (!projects.value.some(({ id }) => id === project.value))
        project.value = projects.value[0]?.id ?? "";
}
export const ofProject = computed<Query>(() => (project.value ? { "filter[project]": project.value } : {}));

export const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
export const fen = (value: unknown): number => (typeof value === "number" ? value : 0);
export const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

/* A month by its number from this one: its first and last day. */
export function monthAt(shift: number): { from: string; to: string }
{
    const [year = 0, month = 1] = dayOf().split("-").map(Number);
    const day = (months: number, date: number): string => new Date(Date.UTC(year, month - 1 + months, date)).toISOString().slice(0, 10);

    return { from: day(shift, 1), to: day(shift + 1, 0) };
}
export const dayBefore = (day: string): string => new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
/* 2026年10月 of a whole month, else the days. */ // lint: words
export function periodText(from: unknown, to: unknown): string
{
    const [first, last] = [text(from), text(to)];
    const next = new Date(Date.parse(last) + DAY_MS).toISOString().slice(0, 10);

    if (first.endsWith("-01") && next.endsWith("-01") && first.slice(0, 7) === last.slice(0, 7))
        return t("finance.month", { year: first.slice(0, 4), month: t(`date.month.${Number(first.slice(5, 7))}`) });
    return `${first} – ${last}`;
}

/* Every page of a list, up to a bound: what is added up must be whole, or say that it is not. */
export async function everyPage(resource: string, query: Query, most = 20): Promise<{ items: Rec[]; whole: boolean; trouble: Result<Page> | null }>
{
    const items: Rec[] = [];
    let after: string | null = null;

    for (let pages = 0; pages < most; pages++) {
        const got: Result<Page> = await list(resource, { ...query, limit: 500, after });
        if (!got.ok)
            return { items, whole: false, trouble: got };
        items.push(...got.value.items);
        after = got.value.next;
        if (!after)
            return { items, whole: true, trouble: null };
    }
    return { items, whole: false, trouble: null };
}

/* Arrears by age: days since the due day, as the server parts them. */
export const AGES = [30, 90, 180, 365] as const;
/* What charges/sums tells of each row, and what a trial balance does. */
export interface Fens { receivable_fen: number; paid_fen: number; written_off_fen: number; open_fen: number; overdue_fen: number[] }
export interface Sums { rows: (Fens & { key: string; label: string })[]; total: Fens }
export interface TrialRow { kind: string; label: string; item: string | null; opening_fen?: number; debit_fen: number; credit_fen: number; balance_fen: number }
export interface Trial { at: string; rows: TrialRow[]; debit_fen: number; credit_fen: number }
export const ageName = (at: number): string => (at === 0 ? t("finance.age_to", { n: AGES[0] }) : at === AGES.length ? t("finance.age_over", { n: AGES[AGES.length - 1]! }) : t("finance.age", { from: AGES[at - 1]! + 1, to: AGES[at]! }));

/* Items are versions of a code; the one in force stands for it. */
export interface Item { code: string; now: Rec; versions: Rec[] }
export function itemsOf(tariffs: readonly Rec[], today = dayOf()): Item[]
{
    const codes = new Map<string, Rec[]>();

    for (const one of tariffs)
        codes.set(text(one["code"]), [...(codes.get(text(one["code"])) ?? []), one]);
    return [...codes].map(([code, all]) => {
        const versions = [...all].sort((a, b) => text(b["from"]).localeCompare(text(a["from"])));
        const now = versions.find((one) => text(one["from"]) <= today && (!one["to"] || text(one["to"]) >= today)) ?? versions[0]!;
        return { code, now, versions };
    }).sort((a, b) => firstId(a).localeCompare(firstId(b), undefined, { numeric: true }));
}
/* In the order in which they were made. */
const firstId = ({ versions }: Item): string => versions.at(-1)!.id;
export const tariffName = (tariff: Rec): string => (language() === "en" && text(tariff["name_en"])) || text(tariff["name"]) || text(tariff["code"]);

/* The price in a few words. */
export function priceOf(tariff: Rec): string
{
    const kind = text(tariff["kind"]);

    if (kind === "stepped")
        return listOf<[number | string | null, string]>(tariff["steps"]).map(([limit, price]) => (limit === null ? t("finance.step_last", { price }) : t("finance.step", { limit, price }))).join(t("finance.then"));
    if (kind === "formula")
        return text(tariff["formula"]);
    if (kind === "tou")
        return Object.entries((tariff["rates"] ?? {}) as Record<string, unknown>).map(([name, price]) => t("finance.register_price", { name: t(`finance.register.${name}`), price: text(price) })).join(t("finance.then"));
    if (!tariff["rate_yuan"])
        return t(`finance.no_rate.${kind === "share" ? "share" : "one_off"}`);
    const unit = text(tariff["unit"]);
    const price = t("finance.rate", { price: text(tariff["rate_yuan"]), per: kind === "meter" && unit ? unit : hasWord(`finance.per.${kind}`) ? t(`finance.per.${kind}`) : "" });
    return tariff["raise_months"] ? `${price}${t("finance.then")}${t("finance.rises", { months: text(tariff["raise_months"]), percent: text(tariff["raise_percent"]) })}` : price;
}

/* due.ts: what is due as rows of the till, and what is taken of each. Pure: no server, no page. */
import { money, parseYuan } from "@/shared/format";
import type { Due, DueItem } from "@/shared/types";

/* A charge, or the late fee that has come to it by today. */
export interface Row {
    key: string;
    house: string;
    item: DueItem;
    late: boolean;
    open_fen: number;
    taken: boolean;
    words: string; /* the amount as typed */
}
export interface Allocation {
    charge: string;
    fen: number;
    late_fen?: number;
}

const DAY_MS = 86_400_000;
const NOTES = [1_000, 5_000, 10_000, 50_000, 100_000, 500_000]; /* fen: what people round up to */
const QUICK = 3;

export function rowsOf(house: string, due: Due): Row[]
{
    const row = (item: DueItem, late: boolean): Row => {
        const open_fen = late ? item.late_fen : item.open_fen;
        return { key: late ? `${item.id}.late` : item.id, house, item, late, open_fen, taken: true, words: money(open_fen) };
    };
    return due.items.flatMap((item) => (item.late_fen > 0 ? [row(item, false), row(item, true)] : [row(item, false)]));
}

/* null: what is typed is no amount, none at all, or more than is open. */
export function fenOf(row: Row): number | null
{
    const fen = row.taken ? parseYuan(row.words) : 0;

    return fen === null || (row.taken && fen === 0) || fen > row.open_fen ? null : fen;
}
export const totalOf = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + (fenOf(row) ?? 0), 0);
export const isSound = (rows: readonly Row[]): boolean => rows.every((row) => fenOf(row) !== null);

/* The late fee goes with its charge: never without, and taken along when the charge is. */
export function take(rows: readonly Row[], key: string, taken: boolean): Row[]
{
    const turned = rows.find((row) => row.key === key);
    const follows = (row: Row): boolean => row.item.id === turned?.item.id && (row.late ? !turned.late : taken);

    return rows.map((row) => (row.key === key || follows(row) ? { ...row, taken, words: taken && !row.taken ? money(row.open_fen) : row.words } : row));
}
export const takeAll = (rows: readonly Row[], taken: boolean): Row[] => rows.map((row) => ({ ...row, taken, words: money(row.open_fen) }));

/* So much and no more, in the server's order (order.c): the oldest due day first, of one day the charges and then their late fees, or the late fees first. */
export function takeFor(rows: readonly Row[], fen: number, late_first = false): Row[]
{
    const homes = [...new Set(rows.map(({ house }) => house))];
    const last = (row: Row): boolean => (row.late || row.item.late_of !== null) !== late_first;
    const day = (row: Row): string => row.item.due_date ?? "9999";
    const before = (a: Row, b: Row): number => homes.indexOf(a.house) - homes.indexOf(b.house) || day(a).localeCompare(day(b)) || Number(last(a)) - Number(last(b));
    const mine = new Map<string, number>();
    let left = fen;

    for (const row of [...rows].sort(before)) {
        mine.set(row.key, row.taken ? Math.min(left, fenOf(row) ?? row.open_fen) : 0);
        left -= mine.get(row.key)!;
    }
    return rows.map((row) => ({ ...row, taken: mine.get(row.key)! > 0, words: money(mine.get(row.key)! || row.open_fen) }));
}

/* A late fee may stand alone: where it is paid first, its charge may get nothing. */
export function allocationsOf(rows: readonly Row[]): Allocation[]
{
    const late = new Map(rows.filter((row) => row.late && row.taken).map((row) => [row.item.id, fenOf(row) ?? 0]));
    const fen = (row: Row): number => (row.taken ? (fenOf(row) ?? 0) : 0);

    return rows.filter((row) => !row.late && (row.taken || late.get(row.item.id))).map((row) => ({
        charge: row.item.id, fen: fen(row), ...(late.get(row.item.id) ? { late_fen: late.get(row.item.id) } : {}),
    }));
}

/* What somebody may hand over for it, rounded up to notes. */
export function quickAmounts(fen: number): number[]
{
    const up = NOTES.map((note) => Math.ceil(fen / note) * note).filter((amount) => amount > fen);

    return fen > 0 ? [...new Set(up)].slice(0, QUICK) : [];
}

/* 2026-10; 2026-10 – 2026-12; of a late fee its last day. */
export function periodOf(row: Row, on: string): string
{
    const { period_from: from, period_to: to, due_date, late_of } = row.item;

    if (row.late || late_of)
        return (row.late ? on : (to ?? on)).slice(5);
    if (!from || !to)
        return due_date ?? "";
    return from.slice(0, 7) === to.slice(0, 7) ? from.slice(0, 7) : `${from.slice(0, 7)} – ${to.slice(0, 7)}`;
}
/* The name alone: the months stand beside it. */
export const nameOf = (item: DueItem): string => item.title.replace(/ \d{4}-\d\d(?: \S+ \d{4}-\d\d)?$/, "");
/* "112.35 m² × 2.80 元 × 1 月", without what it comes to; months that are alike stand once. */
export function howOf(row: Row): string
{
    const lines = (row.late ? row.item.late_lines : row.item.lines).map(({ text, amount_fen }) => ({ words: text.split(" = ")[0]!, less: amount_fen < 0 }));
    const heads = lines.flatMap(({ words }, i) => (i === 0 || words !== lines[i - 1]!.words ? [i] : []));

    return heads.map((at, i) => {
        const alike = (heads[i + 1] ?? lines.length) - at, { words, less } = lines[at]!;
        return `${at === 0 ? "" : less ? " · " : " + "}${words}${alike > 1 ? ` × ${alike}` : ""}`;
    }).join("");
}
export const daysLate = (item: DueItem, on: string): number => (item.due_date && item.due_date < on ? Math.round((Date.parse(on) - Date.parse(item.due_date)) / DAY_MS) : 0);

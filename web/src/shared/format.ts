/* format.ts: how times, money, areas and shares are written, once for the whole client.
 * Times are shown in the project's zone whatever the device thinks; relative only under an hour (see clock.ts). */
import { serverNow } from "./api";
import { language, t } from "./i18n";

export interface Wall {
    year: number;
    month: number;
    day: number;
    hour: number;
    minute: number;
    weekday: number; /* 0 Sunday */
}

/* China has kept one offset since 1991; the browser's own tables of zones cost a slow phone a tenth of a second, and much more a time. */
const FIXED_MIN: Record<string, number> = { "Asia/Shanghai": 480, UTC: 0 };

let zone = "Asia/Shanghai";
let parts: Intl.DateTimeFormat | null = null;
export function setZone(name: string): void { zone = name; parts = null; }

const NOTHING = "—";
const two = (n: number): string => String(n).padStart(2, "0");
const DAY_MS = 86_400_000;

export const msOf = (at: string | number | null | undefined): number =>
    typeof at === "number" ? at : at ? Date.parse(at) : NaN;

export function wall(ms: number): Wall
{
    const fixed = FIXED_MIN[zone];
    if (fixed !== undefined) {
        const at = new Date(ms + fixed * 60_000);
        return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: at.getUTCHours(), minute: at.getUTCMinutes(), weekday: at.getUTCDay() };
    }
    const got: Record<string, number> = {};

    parts ??= wallFormat();
    for (const part of parts.formatToParts(ms))
        if (part.type !== "literal")
            got[part.type] = Number(part.value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = got;
    return { year, month, day, hour, minute, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/* The project's calendar day as YYYY-MM-DD, `days` from the one that holds `ms`. */
export function dayOf(ms = serverNow(), days = 0): string
{
    const { year, month, day } = wall(ms);
    return new Date(Date.UTC(year, month - 1, day + days)).toISOString().slice(0, 10);
}

/* RFC 3339 of a wall-clock time in the project's zone. */
export function instantAt(day: string, hour: number, minute = 0): string
{
    const guess = Date.parse(`${day}T${two(hour)}:${two(minute)}:00Z`);
    const seen = wall(guess);
    const shift = Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute) - guess;
    const offset = Math.round(shift / 60_000);
    const sign = offset < 0 ? "-" : "+";

    return `${day}T${two(hour)}:${two(minute)}:00${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}

export const timeOnly = (at: string | number | null | undefined): string => {
    const ms = msOf(at);
    if (Number.isNaN(ms))
        return NOTHING;
    const { hour, minute } = wall(ms);
    return `${two(hour)}:${two(minute)}`;
};

/* 今天 14:00 / 明天 09:20 / 11-21 09:20 / 2025-12-01 */
export function when(at: string | number | null | undefined, now = serverNow()): string
{
    const ms = msOf(at);
    if (Number.isNaN(ms))
        return NOTHING;
    const { year, month, day } = wall(ms);
    const name = dayName(ms, now);

    if (name)
        return `${name} ${timeOnly(ms)}`;
    return year === wall(now).year ? `${two(month)}-${two(day)} ${timeOnly(ms)}` : `${year}-${two(month)}-${two(day)}`;
}

/* A day: 今天 / 11-21 / 2025-12-01. Takes an instant or YYYY-MM-DD. */
export function dayText(at: string | number | null | undefined, now = serverNow()): string
{
    const ms = typeof at === "string" && /^\d{4}-\d\d-\d\d$/.test(at) ? Date.parse(instantAt(at, 12)) : msOf(at);
    if (Number.isNaN(ms))
        return NOTHING;
    const { year, month, day } = wall(ms);

    return dayName(ms, now) ?? (year === wall(now).year ? `${two(month)}-${two(day)}` : `${year}-${two(month)}-${two(day)}`);
}

/* 11月23日 周一 / Mon 23 Nov */
export function dayLong(at: string | number = serverNow()): string
{
    const { month, day, weekday } = wall(msOf(at));

    return t("date.long", { month: t(`date.month.${month}`), day, weekday: t(`date.weekday.${weekday}`) });
}

/* 今天 15:00–17:00 */
export function span(from: string | null | undefined, to: string | null | undefined, now = serverNow()): string
{
    if (!from && !to)
        return NOTHING;
    if (!from || !to)
        return when(from ?? to, now);
    return dayOf(msOf(from)) === dayOf(msOf(to)) ? `${when(from, now)}–${timeOnly(to)}` : `${when(from, now)} – ${when(to, now)}`;
}

/* 41 分 / 3 小时 / 2 天; whole units, downward, at least a minute. */
export function duration(ms: number): string
{
    const minutes = Math.max(1, Math.floor(Math.abs(ms) / 60_000));

    if (minutes < 60)
        return t("duration.minutes", { n: minutes });
    if (minutes < 1_440)
        return t("duration.hours", { n: Math.floor(minutes / 60) });
    return t("duration.days", { n: Math.floor(minutes / 1_440) });
}

/* 1 小时 18 分, for what took its time. */
export function durationExact(ms: number): string
{
    const minutes = Math.max(0, Math.round(Math.abs(ms) / 60_000));
    if (minutes === 0)
        return t("duration.moment");
    const days = Math.floor(minutes / 1_440), hours = Math.floor((minutes % 1_440) / 60), rest = minutes % 60;
    const words = [
        days ? t("duration.days", { n: days }) : "",
        hours ? t("duration.hours", { n: hours }) : "",
        !days && (rest || !hours) ? t("duration.minutes", { n: rest }) : "",
    ];

    return words.filter(Boolean).join(" ");
}

/* 86.00, for tables. */
export function money(fen: unknown): string
{
    if (typeof fen !== "number" || !Number.isFinite(fen))
        return NOTHING;
    const whole = Math.floor(Math.abs(fen) / 100);
    return `${fen < 0 ? "−" : ""}${whole.toLocaleString("en-US")}.${two(Math.abs(fen) % 100)}`;
}

/* ¥ 86.00, for totals and sentences: it does not part at the end of a line. */
export const yuan = (fen: unknown): string => (typeof fen === "number" ? `¥\u00a0${money(fen)}` : NOTHING);

/* What a person typed (86 / 86.5 / 1,250.00) as fen; null when it is no amount. */
export function parseYuan(text: string): number | null
{
    const clean = text.replace(/[,，¥￥\s]/g, "");
    if (!/^\d{1,10}(\.\d{0,2})?$/.test(clean))
        return null;
    const [whole = "0", part = ""] = clean.split(".");
    return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

export const area = (m2: unknown): string => (typeof m2 === "number" ? `${m2.toFixed(2)} m²` : NOTHING);
export const share = (part: number | null | undefined, digits = 1): string =>
    typeof part === "number" ? `${(part * 100).toFixed(digits)}%` : NOTHING;
export const count = (n: unknown): string => (typeof n === "number" ? n.toLocaleString("en-US") : NOTHING);
export const rate = (value: unknown): string => (typeof value === "number" ? value.toFixed(2) : NOTHING);
export const orNothing = (value: unknown): string => (value === null || value === undefined || value === "" ? NOTHING : String(value));

/* The character in the round avatar: a resident's surname, the last of a staff member's given name. */
export function initial(name: string | null | undefined, staff = false): string
{
    const letters = [...(name ?? "").trim()];
    const latin = /[A-Za-z]/.test(letters[0] ?? "");

    return (staff && !latin ? letters[letters.length - 1] : letters[0])?.toUpperCase() ?? "·";
}

function dayName(ms: number, now: number): string | null
{
    const [there, here] = [dayOf(ms), dayOf(now)];

    if (there === here)
        return t("date.today");
    if (there === dayOf(now, 1))
        return t("date.tomorrow");
    return null;
}

function wallFormat(): Intl.DateTimeFormat
{
    return new Intl.DateTimeFormat("en-CA", {
        timeZone: zone, hourCycle: "h23",
        year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
    });
}

/* For sorting words as the reader expects. */
export const compareWords = (a: string, b: string): number => a.localeCompare(b, language() === "en" ? "en" : "zh-CN", { numeric: true });
export { DAY_MS };

/* stats.ts: what may honestly be said about a share. */
export interface Share { n: number; value: number | null; low: number | null; high: number | null }
export type Size = "none" | "few" | "some" | "enough";
export type Verdict = "better" | "worse" | "unclear" | "few";

const FEW = 5;
const SOME = 30;
const Z = 1.959964;

export const sizeOf = (n: number): Size => (n === 0 ? "none" : n < FEW ? "few" : n < SOME ? "some" : "enough");

/* Wilson's 95 % interval, for sums of rows that the server gave one by one. */
export function wilson(part: number, n: number): Share
{
    if (n <= 0)
        return { n: 0, value: null, low: null, high: null };
    const p = part / n, d = 1 + (Z * Z) / n;
    const middle = (p + (Z * Z) / (2 * n)) / d;
    const half = (Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n))) / d;

    return { n, value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

export function totalOf(rows: readonly Share[]): Share
{
    const n = rows.reduce((sum, row) => sum + row.n, 0);

    return rows.length === 1 ? { ...rows[0]! } : wilson(rows.reduce((sum, row) => sum + Math.round((row.value ?? 0) * row.n), 0), n);
}

/* Newcombe's interval of the difference of two shares: a change is said only when it excludes 0. */
export function change(now: Share, before: Share): { verdict: Verdict; by: number | null; low: number | null; high: number | null }
{
    if (now.value === null || before.value === null || now.low === null || now.high === null || before.low === null || before.high === null || now.n < SOME || before.n < SOME)
        return { verdict: "few", by: null, low: null, high: null };
    const by = now.value - before.value;
    const low = by - Math.hypot(now.value - now.low, before.high - before.value);
    const high = by + Math.hypot(now.high - now.value, before.value - before.low);

    return { verdict: low > 0 ? "better" : high < 0 ? "worse" : "unclear", by, low, high };
}

/* One row against the whole: different only when its interval leaves the whole's value out, and never said of few. */
export function against(row: Share, whole: Share): "above" | "below" | "same" | "few"
{
    if (row.n < SOME || row.low === null || row.high === null || whole.value === null)
        return "few";
    return row.low > whole.value ? "above" : row.high < whole.value ? "below" : "same";
}

/* A control chart: the centre line, and for each point its own limits of three sigma. Of counts over an exposure (complaints of a
 * thousand homes: u chart) or of shares (the dissatisfied of those asked: p chart). Needs eight points; else there is nothing to say. */
export interface Point { events: number; exposure: number }
export interface Limits { centre: number; low: number; high: number; outside: "above" | "below" | null }
const LEAST_POINTS = 8;
export function control(points: readonly Point[], kind: "rate" | "share"): (Limits | null)[]
{
    const known = points.filter(({ exposure }) => exposure > 0);
    const sum = (of: keyof Point): number => known.reduce((total, point) => total + point[of], 0);
    if (known.length < LEAST_POINTS)
        return points.map(() => null);
    const centre = sum("events") / sum("exposure");
    const spread = kind === "rate" ? centre : centre * (1 - centre);

    return points.map(({ events, exposure }) => {
        if (exposure <= 0)
            return null;
        const far = 3 * Math.sqrt(spread / exposure);
        const low = Math.max(0, centre - far), high = kind === "rate" ? centre + far : Math.min(1, centre + far);
        const value = events / exposure;
        return { centre, low, high, outside: value > high ? "above" : value < low ? "below" : null };
    });
}

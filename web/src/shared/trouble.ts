/* trouble.ts: a Problem in words: what happened, what is safe, what to do, a code to quote. */
import { t } from "./i18n";
import type { Problem } from "./types";

export function troubleTitle(problem: Problem): string
{
    if (problem.status === 0)
        return t("trouble.offline");
    if (problem.status === 429)
        return t("trouble.too_many", { n: problem.retryAfter ?? 60 });
    return problem.title || t(problem.status >= 500 ? "trouble.server" : "trouble.refused");
}

export function troubleText(problem: Problem): string
{
    if (problem.status === 0)
        return t("trouble.offline_text");
    if (problem.detail && problem.detail !== problem.title)
        return problem.detail;
    return problem.status >= 500 ? t("trouble.server_text", { code: problem.code }) : "";
}

/* The server's words for one field, also for `materials[0].item` when `materials` is asked. */
export const fieldTrouble = (problem: Problem | null | undefined, field: string): string =>
    problem?.fields?.find((one) => one.field === field || one.field.startsWith(field + "[") || one.field.startsWith(field + "."))?.message ?? "";

/* suggest.ts: who could do a repair, as the server sees it (skill, certificate, load, nearness), in one line each. */
import { get } from "@/shared/api";
import { t } from "@/shared/i18n";

export interface Suggestion {
    user: string;
    name: string;
    open?: number;
    skill_ok?: boolean;
    certificate_ok?: boolean;
    same_building?: boolean;
    reasons?: string[];
    fits: boolean;
    why: string;
}

export async function suggestionsFor(repair: string): Promise<Suggestion[]>
{
    const got = await get<{ items: Omit<Suggestion, "fits" | "why">[] }>(`repairs/${repair}/suggestions`);

    return got.ok ? got.value.items.map((one) => ({ ...one, fits: one.skill_ok !== false && one.certificate_ok !== false, why: whyOf(one) })) : [];
}

function whyOf(one: Omit<Suggestion, "fits" | "why">): string
{
    const words = one.reasons?.length ? [...one.reasons] : [
        one.skill_ok === false ? t("suggest.no_skill") : "",
        one.certificate_ok === false ? t("suggest.no_certificate") : "",
        one.same_building ? t("suggest.same_building") : "",
    ].filter(Boolean);

    if (typeof one.open === "number" && !one.reasons?.length)
        words.push(t("suggest.open", { n: one.open }));
    return words.join(" · ");
}

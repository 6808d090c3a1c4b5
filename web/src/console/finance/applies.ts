/* applies.ts: what an item applies to, as a form, as it is sent, and in a few words. */
import { t } from "@/shared/i18n";
import { choiceLabel } from "@/shared/meta";
import { listOf, text } from "./finance";

export interface Applies { use: string[]; buildings: string[]; houses: string[]; from: string; to: string }

export function appliesOf(value: unknown): Applies
{
    const given = (value ?? {}) as Record<string, unknown>, floors = (given["floors"] ?? {}) as Record<string, unknown>;

    return { use: [...listOf<string>(given["use"])], buildings: [...listOf<string>(given["buildings"])], houses: [...listOf<string>(given["houses"])], from: text(floors["from"]), to: text(floors["to"]) };
}

/* Null: every house of the project. */
export function appliesBody(form: Applies): Record<string, unknown> | null
{
    const floors = Object.fromEntries([["from", form.from], ["to", form.to]].filter(([, floor]) => floor && Number.isInteger(Number(floor))).map(([name, floor]) => [name, Number(floor)]));
    const body = Object.fromEntries([["use", form.use], ["buildings", form.buildings], ["houses", form.houses]].filter(([, list]) => list!.length)) as Record<string, unknown>;

    if (Object.keys(floors).length)
        body["floors"] = floors;
    return Object.keys(body).length ? body : null;
}

export function appliesText(value: unknown): string
{
    const { use, buildings, houses, from, to } = appliesOf(value);
    const parts = [use.map((one) => choiceLabel("houses", "use", one)).join(t("list.and")), buildings.length ? t("finance.applies_buildings", { n: buildings.length }) : "", from || to ? t("finance.applies_floors", { from: from || "…", to: to || "…" }) : "", houses.length ? t("finance.applies_houses", { n: houses.length }) : ""];

    return parts.filter(Boolean).join(" · ") || t("finance.applies_all");
}

/* catalog.ts: kinds of repairs and what they cost; guessing the kind from somebody's words. */
import { Blocks, Building2, Car, CircleHelp, DoorOpen, Droplets, Flame, FlameKindling, Fan, Megaphone, Plug, ReceiptText, Shield, Shovel, Sparkles, Trees, Tv, Users, Volume2, Wrench } from "lucide-vue-next";
import { computed, shallowRef, type Component } from "vue";
import { list } from "@/shared/api";
import { yuan } from "@/shared/format";
import { flat, scoreOf } from "@/shared/guess";
import { language, t } from "@/shared/i18n";
import type { Rec } from "@/shared/types";
import known from "./guess.json";
import { wholeList } from "./kept";

export const categories = shallowRef<Rec[]>([]);
export const prices = shallowRef<Rec[]>([]);
export const spaces = shallowRef<Rec[]>([]);

const ask = (resource: string, into: typeof categories) => async (): Promise<void> => {
    if (!into.value.length)
        into.value = await wholeList(resource, async (after) => {
            const got = await list(resource, { limit: 200, after });
            return got.ok ? got.value : null;
        });
};
export const loadCategories = ask("repair_categories", categories);
export const loadPrices = ask("repair_prices", prices);
export const loadSpaces = ask("spaces", spaces);

export const nameOf = (one: Rec | null | undefined): string => String((language() === "en" ? one?.["en"] : one?.["zh"]) ?? one?.["name"] ?? one?.["code"] ?? "");
export const codeOf = (one: Rec): string => String(one["code"]);
const parentOf = (one: Rec): string => (one["parent"] ? codeOf(one).split(".")[0]! : "");

/* What breaks most often first. */
export const groupsOf = (from: readonly Rec[]): Rec[] => from.filter((one) => !parentOf(one)).sort((a, b) => rank(codeOf(a)) - rank(codeOf(b)));
export const groups = computed(() => groupsOf(categories.value));
export const kindsIn = (group: string, from: readonly Rec[] = categories.value): Rec[] => from.filter((one) => parentOf(one) === group);
export const kindOfCode = (code: string): Rec | null => categories.value.find((one) => one["code"] === code) ?? null;

const PICTURES: Record<string, Component> = {
    water: Droplets, drain: Shovel, power: Plug, door: DoorOpen, hvac: Fan, building: Blocks, lift: Building2, gas: FlameKindling, public: Trees, weak: Tv, fire: Flame, staff: Users, repairq: Wrench, security: Shield, parking: Car, clean: Sparkles, green: Trees, equip: Building2, env: Volume2, fee: ReceiptText, dev: Blocks, comms: Megaphone, other: CircleHelp,
};
const ORDER = Object.keys(PICTURES);
const rank = (code: string): number => (ORDER.includes(code) ? ORDER.indexOf(code) : ORDER.length);
export const pictureOf = (code: string): Component => PICTURES[code.split(".")[0]!] ?? CircleHelp;

const WORDS = known as Record<string, string[]>;

/* The kind that the words speak of, or null. Everyday words count most, then pieces of the kind's own name. */
export function guess(words: string, from: readonly Rec[] = categories.value): Rec | null
{
    const said = flat(words);
    let best: Rec | null = null;
    let most = 1.5;

    for (const one of from) {
        if (!parentOf(one))
            continue;
        const score = scoreOf(said, one, WORDS[codeOf(one)] ?? []);
        if (score > most) {
            best = one;
            most = score;
        }
    }
    return best;
}

/* Who pays, said before anything is sent. */
export function priceRule(kind: Rec | null, common: boolean): string
{
    const payer = common ? "property_fee" : String(kind?.["payer"] ?? "");

    if (!kind && !common)
        return t("price.first_quote");
    if (payer === "third_party")
        return t("price.third_party");
    if (payer && payer !== "owner")
        return t("price.free");
    const from = prices.value.filter((price) => price["category"] === kind?.["code"] || (price["category_"] as Rec | undefined)?.["code"] === kind?.["code"]).map((price) => Number(price["labour_fen"])).filter((fen) => fen > 0);
    return from.length ? t("price.labour_from", { money: yuan(Math.min(...from)).replace(/\.00$/, "") }) : t("price.first_quote");
}

/* 15 分 / 4 小时: minutes of a limit in words. */
export function limitText(minutes: unknown): string
{
    const n = Number(minutes);

    if (!n)
        return "";
    if (n < 60 || (n % 60 && n < 1_440))
        return t("duration.minutes", { n });
    return n < 2_880 ? t("duration.hours", { n: Math.round(n / 60) }) : t("duration.days", { n: Math.round(n / 1_440) });
}

const TIPS = ["water.burst", "water.leak_upstairs", "water.toilet", "water.tap", "water.leak_home", "drain.riser", "power.spark", "power.trip", "power.home_off", "lift.trapped", "gas.smell", "building.falling"];
/* What helps until somebody comes. */
export const tipFor = (code: string): string => (TIPS.includes(code) ? t(`tip.${code.replace(".", "_")}`) : "");
/* Better called than written. */
export const isDanger = (code: string): boolean => ["lift.trapped", "gas.smell", "power.spark", "fire.sprinkler", "building.falling", "water.burst"].includes(code);

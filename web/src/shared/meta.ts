/* meta.ts: what the server declares: resources, fields, states, actions, in the reader's words and cut to what they may see. */
import { reactive, shallowRef } from "vue";
import { get, list } from "./api";
import { hasWord, language, t } from "./i18n";
import { ENDED } from "./states";
import type { Ask, Field, Rec, Resource, Result } from "./types";

const resources = shallowRef<Map<string, Resource>>(new Map());
let loading: Promise<Result<{ resources: Resource[] }>> | null = null;

/* Fetched once per log-in and language; asked again by loadMeta(true). */
export async function loadMeta(again = false): Promise<boolean>
{
    if (again)
        loading = null;
    loading ??= get<{ resources: Resource[] }>("meta");
    const got = await loading;
    if (got.ok)
        resources.value = new Map(got.value.resources.map((resource) => [resource.name, resource]));
    else
        loading = null;
    return got.ok;
}

export const resourceOf = (name: string): Resource | null => resources.value.get(name) ?? null;
export const allResources = (): Resource[] => [...resources.value.values()];
export const fieldOf = (resource: string, name: string): Field | null => resourceOf(resource)?.fields.find((field) => field.name === name) ?? null;
/* Kinds of matters: what has states, in the order of the declarations. */
export const processes = (): Resource[] => allResources().filter(({ states }) => (states?.length ?? 0) > 0);
export const resourceOfPrefix = (prefix: string): string | null => allResources().find((resource) => resource.prefix === prefix)?.name ?? null;
export const isEnded = (resource: string, state: string | null | undefined): boolean =>
    resourceOf(resource)?.states?.find(({ name }) => name === state)?.ended ?? ENDED.has(state ?? "");
export const openStates = (resource: string): string[] => (resourceOf(resource)?.states ?? []).filter(({ ended }) => !ended).map(({ name }) => name);
export const endedStates = (resource: string): string[] => (resourceOf(resource)?.states ?? []).filter(({ ended }) => ended).map(({ name }) => name);
export const mayRead = (resource: string): boolean => resources.value.has(resource);

export const resourceLabel = (name: string): string => word(`resource.${name}`) ?? resourceOf(name)?.label ?? name;
export const fieldLabel = (resource: string, name: string): string => fieldOf(resource, name)?.label ?? word(`field.${name}`) ?? name;
export const stateLabel = (resource: string, state: string | null | undefined): string =>
    (state && (resourceOf(resource)?.states?.find(({ name }) => name === state)?.label ?? word(`state.${state}`))) || state || "";
export const actionLabel = (resource: string, action: string): string =>
    resourceOf(resource)?.actions?.find(({ name }) => name === action)?.label ?? firstLabel(resource, action) ?? word(`action.${action}`) ?? action;
const firstLabel = (resource: string, action: string): string | undefined => {
    const declared = resourceOf(resource);
    return declared?.first_action === action ? declared.first_label : undefined;
};
/* A promise's name: our own word, or that of the declaration which has it. */
export const limitLabel = (limit: string): string =>
    word(`limit.${limit}`) ?? allResources().flatMap(({ limits }) => limits ?? []).find(({ name }) => name === limit)?.label ?? limit;
export const choiceLabel = (resource: string, field: string, value: unknown): string =>
    [...(fieldOf(resource, field)?.choices ?? []), ...(fieldOf(resource, field)?.suggestions ?? [])].find((choice) => choice.value === value)?.label ?? word(`choice.${String(value)}`) ?? String(value ?? "");

/* How a field is shown and asked for. Names of types vary with the declaration; their kinds do not. */
export type Kind = "text" | "long" | "code" | "words" | "int" | "number" | "money" | "area" | "date" | "time" | "bool" | "choice" | "ref" | "refs" | "record" | "photos" | "file" | "sign" | "score" | "lines" | "place" | "phone" | "registers" | "json";

export function kindOf(field: Ask): Kind
{
    const type = field.type.toLowerCase();

    if (field.name === "materials" || type === "items")
        return "lines";
    if (type === "lines" || type === "long" || type === "longtext")
        return "long";
    if (type === "code")
        return "code";
    if (type === "words")
        return "words";
    if (field.choices?.length || type === "choice" || type === "enum" || type === "tree")
        return "choice";
    if (type === "sign" || type === "signature")
        return field.name === "signature" ? "sign" : "file";
    if (type === "photos" || type === "photo" || type === "files")
        return "photos";
    if (type === "file")
        return "file";
    if (type === "refs")
        return "refs";
    if (type === "record")
        return "record";
    if (type === "ref" || type === "reference")
        return "ref";
    if (type === "money" || type === "fen" || field.name.endsWith("_fen"))
        return "money";
    if (type === "score" || type === "rating")
        return "score";
    if (type === "area" || type === "area_dm2")
        return "area";
    if (type === "int" || type === "integer")
        return "int";
    if (type === "number" || type === "num" || type === "decimal")
        return "number";
    if (type === "date")
        return "date";
    if (["time", "instant", "datetime", "at", "dt"].includes(type))
        return "time";
    if (type === "bool" || type === "boolean")
        return "bool";
    if (type === "place" || type === "geo")
        return "place";
    if (type === "phone" || type === "id_no")
        return "phone";
    if (field.name === "registers")
        return "registers";
    if (type === "json" || type === "object" || type === "secret")
        return "json";
    return (field.max ?? 0) > 120 && !field.suggestions?.length ? "long" : "text";
}

/* Records that are named by a code (`water.tap`): fetched once for each kind, when a code has to be told or chosen. */
export const coded = reactive(new Map<string, Rec[]>());
const asked = new Set<string>();
export function codesOf(resource: string): Rec[]
{
    if (!asked.has(resource)) {
        asked.add(resource);
        void list(resource, { limit: 500 }).then((got) => (got.ok ? coded.set(resource, got.value.items) : asked.delete(resource)));
    }
    return coded.get(resource) ?? [];
}
export const codeName = (record: Rec): string => String(record[language() === "en" ? "en" : "zh"] ?? record["zh"] ?? record["name"] ?? record["code"]);
export function codeLabel(resource: string, code: unknown): string
{
    const found = codesOf(resource).find((record) => record["code"] === code);

    return found ? codeName(found) : String(code ?? "");
}

/* The words of a reference: what `include=` added, or the id. */
export function refLabel(record: Rec | null | undefined, field: string): string
{
    const added = record?.[field + "_"] as { label?: string; name?: string; no?: string } | null | undefined;

    return added?.label ?? added?.name ?? added?.no ?? "";
}

function word(key: string): string | null
{
    return hasWord(key) ? t(key) : null;
}

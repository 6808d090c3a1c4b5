/* meta.ts: what the server declares: resources, fields, states, actions, in the reader's words and cut to what they may see. */
import { shallowRef } from "vue";
import { get } from "./api";
import { hasWord, t } from "./i18n";
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
export const mayRead = (resource: string): boolean => resources.value.has(resource);

export const resourceLabel = (name: string): string => word(`resource.${name}`) ?? resourceOf(name)?.label ?? name;
export const fieldLabel = (resource: string, name: string): string => fieldOf(resource, name)?.label ?? word(`field.${name}`) ?? name;
export const stateLabel = (resource: string, state: string | null | undefined): string =>
    (state && (resourceOf(resource)?.states?.find(({ name }) => name === state)?.label ?? word(`state.${state}`))) || state || "";
export const actionLabel = (resource: string, action: string): string =>
    resourceOf(resource)?.actions?.find(({ name }) => name === action)?.label ?? word(`action.${action}`) ?? action;
export const choiceLabel = (resource: string, field: string, value: unknown): string =>
    fieldOf(resource, field)?.choices?.find((choice) => choice.value === value)?.label ?? word(`choice.${String(value)}`) ?? String(value ?? "");

/* How a field is shown and asked for. Names of types vary with the declaration; their kinds do not. */
export type Kind = "text" | "long" | "int" | "number" | "money" | "area" | "date" | "time" | "bool" | "choice" | "ref" | "refs" | "photos" | "file" | "sign" | "score" | "lines" | "place" | "phone" | "json";

export function kindOf(field: Ask): Kind
{
    const type = field.type.toLowerCase();

    if (field.name === "materials" || type === "lines" || type === "list" || type === "items")
        return "lines";
    if (field.choices?.length || type === "choice" || type === "enum" || type === "tree")
        return "choice";
    if (type === "sign" || type === "signature" || field.name === "signature")
        return "sign";
    if (type === "photos" || type === "photo" || type === "files")
        return "photos";
    if (type === "file")
        return "file";
    if (type === "refs")
        return "refs";
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
    if (type === "phone")
        return "phone";
    if (type === "json" || type === "object")
        return "json";
    return (field.max ?? 0) > 120 || type === "long" || type === "longtext" ? "long" : "text";
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

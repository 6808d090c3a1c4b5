/* links.ts: what a record is linked with, at both ends; and with it the names behind its lists of references. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { get } from "@/shared/api";
import { resourceOf } from "@/shared/meta";
import type { Linked, Rec } from "@/shared/types";

/* Asked again whenever the record has changed: links follow from its fields. */
export function useLinks(resource: () => string, record: () => Rec | null): ShallowRef<Linked[]>
{
    const links = shallowRef<Linked[]>([]);

    watch(() => { const one = record(); return one ? `${resource()}/${one.id} ${String(one.updated_at ?? "")} ${one.state ?? ""}` : ""; }, async (now) => {
        const one = record();
        if (!one || !now) {
            links.value = [];
            return;
        }
        const got = await get<{ items: Linked[] }>(`${resource()}/${one.id}/links`);
        if (record()?.id === one.id)
            links.value = got.ok ? got.value.items : [];
    }, { immediate: true });
    return links;
}

/* The record with `about_staff_: [{label}]` beside `about_staff: ["12"]`, as `include=` does for single references. */
export function named(record: Rec, links: readonly Linked[]): Rec
{
    const added: Record<string, unknown> = {};

    for (const link of links.filter(({ way }) => way === "to")) {
        const key = `${link.kind}_`;
        if (record[key] && !Array.isArray(record[key]))
            continue;
        added[key] = [...((added[key] as unknown[] | undefined) ?? []), { id: link.id, label: [link.no, link.title].filter(Boolean).join(" ") }];
    }
    return { ...record, ...added };
}

/* People named in a list of handlers are facts of the record; matters and what came of it are its links. */
export const mattersAmong = (links: readonly Linked[]): Linked[] => links.filter(({ resource }) => (resourceOf(resource)?.states?.length ?? 0) > 0);

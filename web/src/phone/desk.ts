/* desk.ts: how the front desk is reached, as far as the server tells. */
import { computed, shallowRef } from "vue";
import { list } from "@/shared/api";
import { me, standing } from "@/shared/session";
import type { Rec } from "@/shared/types";
import { keepSeen, readSeen } from "./kept";

const project = shallowRef<Rec | null>(null);
let asked = false;

export const deskPhone = computed(() => {
    const own = me.value?.project as { phone?: string; desk_phone?: string } | null | undefined;
    const said = own?.phone ?? own?.desk_phone ?? project.value?.["phone"] ?? project.value?.["desk_phone"];
    return typeof said === "string" ? said : "";
});
export const projectName = computed(() => me.value?.project?.name ?? (project.value?.["name"] as string | undefined) ?? "");

export async function askProject(): Promise<void>
{
    if (asked || standing.value !== "in")
        return;
    asked = true;
    const got = await list("projects", { limit: 1 });
    project.value = (got.ok ? got.value.items[0] : await readSeen<Rec>("project")) ?? null;
    if (got.ok && project.value)
        void keepSeen("project", project.value);
    asked = got.ok;
}

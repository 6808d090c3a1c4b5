/* homes.ts: the homes of whoever is here, and their own entry in the archive. */
import { shallowRef, watch } from "vue";
import { get } from "@/shared/api";
import { list } from "@/shared/api";
import { me, standing } from "@/shared/session";
import type { Rec } from "@/shared/types";
import { keepSeen, readSeen } from "./kept";
import { isResident } from "./roles";

export const houses = shallowRef<Rec[]>([]);
export const ownPhone = shallowRef(""); /* masked */
let asked = "";

watch([standing, me], () => { if (standing.value === "in" && isResident.value) void loadHomes(); }, { immediate: true });

export async function loadHomes(): Promise<void>
{
    const who = me.value?.user.id ?? "";
    if (!who || asked === who)
        return;
    asked = who;
    const [got, party] = await Promise.all([list("houses", { limit: 20 }), me.value?.party ? get(`parties/${me.value.party}`) : null]);
    if (got.ok) {
        houses.value = got.value.items;
        void keepSeen("houses", houses.value);
    } else {
        houses.value = (await readSeen<Rec[]>("houses")) ?? [];
        asked = "";
    }
    if (party?.ok && typeof party.value["phone"] === "string")
        ownPhone.value = party.value["phone"];
}

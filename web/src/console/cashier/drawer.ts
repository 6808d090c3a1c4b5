/* drawer.ts: the cash drawer of who is logged in, as the top bar shows it. */
import { shallowRef } from "vue";
import { list } from "@/shared/api";
import { me } from "@/shared/session";
import type { Rec } from "@/shared/types";

export const drawer = shallowRef<Rec | null>(null);

export async function loadDrawer(): Promise<void>
{
    const got = await list("drawers", { "filter[cashier]": me.value?.user.id, "filter[state]": "open", limit: 1 });

    if (got.ok)
        drawer.value = got.value.items[0] ?? null;
}

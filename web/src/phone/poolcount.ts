/* poolcount.ts: asks how many wait to be taken, for the number on the tab. */
import { list } from "@/shared/api";
import { pooled } from "./pool";

export async function askPool(): Promise<void>
{
    const got = await list("repairs", { "filter[state]": "accepted", "filter[assignee][null]": true, limit: 1, count: true });

    if (got.ok)
        pooled.value = got.value.count ?? got.value.items.length;
}

/* views.ts: saved views. The given ones come with the program, the own ones are kept in this browser; what a view shows is
 * the query of the address, so that links, back and reload work. */
import { computed, ref } from "vue";
import { dayOf, instantAt } from "@/shared/format";
import { recall, remember } from "@/shared/draft";
import { mayRead } from "@/shared/meta";
import { me } from "@/shared/session";
import { OPEN_STATES } from "./matter";

export interface View {
    key: string;
    name?: string; /* of an own one */
    resource: string;
    filters: Record<string, string>;
    sort: string;
}

const RUNNING = OPEN_STATES.filter((state) => state !== "waiting").join(",");
/* Days back to last Monday. */
const sinceMonday = (now: number): number => -((new Date(Date.parse(dayOf(now) + "T12:00:00Z")).getUTCDay() + 6) % 7);

export function givenViews(now: number): View[]
{
    const views: View[] = [
        { key: "open", resource: "repairs", filters: { "filter[state][in]": OPEN_STATES.join(",") }, sort: "next_due_at" },
        { key: "mine", resource: "repairs", filters: { "filter[state][in]": "reported,accepted" }, sort: "next_due_at" },
        { key: "late", resource: "repairs", filters: { "filter[state][in]": RUNNING, "filter[next_due_at][lte]": new Date(now).toISOString() }, sort: "next_due_at" },
        { key: "pool", resource: "repairs", filters: { "filter[state]": "accepted" }, sort: "next_due_at" },
        { key: "waiting", resource: "repairs", filters: { "filter[state]": "waiting" }, sort: "next_due_at" },
        { key: "finished", resource: "repairs", filters: { "filter[state]": "finished" }, sort: "-updated_at" },
        { key: "followups", resource: "followups", filters: { "filter[state]": "open" }, sort: "due_at" },
        { key: "claims", resource: "claims", filters: { "filter[state]": "requested" }, sort: "created_at" },
        { key: "ended", resource: "repairs", filters: { "filter[state][in]": "confirmed,closed", "filter[updated_at][gte]": instantAt(dayOf(now, sinceMonday(now)), 0) }, sort: "-updated_at" },
        { key: "all", resource: "repairs", filters: {}, sort: "-created_at" },
    ];

    return views.filter((view) => mayRead(view.resource));
}

const own = ref<View[]>([]);
let owner = "";
export const ownViews = computed(() => {
    const who = me.value?.user.id ?? "";
    if (who !== owner) {
        owner = who;
        own.value = recall<View[]>(`views.${who}`, []);
    }
    return own.value;
});
export function saveView(view: View): void
{
    own.value = [...ownViews.value.filter(({ key }) => key !== view.key), view];
    remember(`views.${owner}`, own.value);
}
export function dropView(key: string): void
{
    own.value = ownViews.value.filter((view) => view.key !== key);
    remember(`views.${owner}`, own.value);
}

/* views.ts: saved views. The given ones come with the program, the own ones are kept in this browser; what a view shows is
 * the query of the address, so that links, back and reload work. */
import { computed, ref } from "vue";
import { dayOf, instantAt } from "@/shared/format";
import { recall, remember } from "@/shared/draft";
import { endedStates, fieldOf, mayRead, openStates } from "@/shared/meta";
import { hasRole, me } from "@/shared/session";
import type { Source } from "./kinds";
import { kindsOfMatters, OPEN_STATES } from "./matter";

export interface View {
    key: string;
    name?: string; /* of an own one */
    resource: string;
    filters: Record<string, string>;
    sources?: Source[]; /* several kinds in one list; absent: `resource` with `filters` */
    sort: string;
}

const RUNNING = OPEN_STATES.filter((state) => state !== "waiting").join(",");
/* Days back to last Monday. */
const sinceMonday = (now: number): number => -((new Date(Date.parse(dayOf(now) + "T12:00:00Z")).getUTCDay() + 6) % 7);

/* A repair that waits to be confirmed is the reporter's turn, no longer ours. */
const openOf = (resource: string): string => (resource === "repairs" ? OPEN_STATES : openStates(resource)).join(",");
const open = (resource: string, more: Record<string, string> = {}): Source => ({ resource, filters: { "filter[state][in]": openOf(resource), ...more } });
const endedOf = (resource: string, since: string): Source =>
    ({ resource, filters: { "filter[state][in]": resource === "repairs" ? "confirmed,closed" : endedStates(resource).join(","), "filter[updated_at][gte]": since } });

/* What waits for me: new ones at the desk, and what I own. */
function mineOf(resource: string, who: string): Source[]
{
    const takes = hasRole("desk", "desk_lead", "manager", "admin");

    if (resource === "repairs")
        return [{ resource, filters: { "filter[state][in]": "reported,accepted" } }];
    if (resource === "complaints")
        return [...(takes ? [{ resource, filters: { "filter[state]": "lodged" } }] : []), { resource, filters: { "filter[state][in]": openStates(resource).filter((state) => state !== "lodged").join(","), "filter[owner]": who } }];
    const whose = ["owner", "first_contact", "assignee"].find((name) => fieldOf(resource, name));
    return whose ? [open(resource, { [`filter[${whose}]`]: who })] : [];
}

export function givenViews(now: number): View[]
{
    const kinds = kindsOfMatters();
    const monday = instantAt(dayOf(now, sinceMonday(now)), 0);
    const due = (resource: string): string | null => ["next_due_at", "due_at"].find((name) => fieldOf(resource, name)) ?? null;
    const late = kinds.filter(due).map((resource): Source => ({ resource, filters: { "filter[state][in]": resource === "repairs" ? RUNNING : openOf(resource), [`filter[${due(resource)}][lte]`]: new Date(now).toISOString() } }));
    const several = (key: string, sources: Source[], sort: string): View => ({ key, resource: sources[0]?.resource ?? "repairs", filters: sources[0]?.filters ?? {}, sources, sort });
    const views: View[] = [
        several("open", kinds.map((resource) => open(resource)), "next_due_at"),
        several("mine", kinds.flatMap((resource) => mineOf(resource, me.value?.user.id ?? "")), "next_due_at"),
        several("late", late, "next_due_at"),
        { key: "pool", resource: "repairs", filters: { "filter[state]": "accepted" }, sort: "next_due_at" },
        { key: "waiting", resource: "repairs", filters: { "filter[state]": "waiting" }, sort: "next_due_at" },
        { key: "finished", resource: "repairs", filters: { "filter[state]": "finished" }, sort: "-updated_at" },
        several("followups", ["callbacks", "followups"].filter(mayRead).map((resource) => open(resource)), "next_due_at"),
        { key: "calls", resource: "calls", filters: {}, sort: "-created_at" },
        { key: "claims", resource: "claims", filters: { "filter[state]": "requested" }, sort: "created_at" },
        several("ended", kinds.map((resource) => endedOf(resource, monday)), "-updated_at"),
        several("all", kinds.map((resource) => ({ resource, filters: {} })), "-created_at"),
    ];

    return views.filter((view) => mayRead(view.resource) && view.sources?.length !== 0);
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

/* roles.ts: what somebody finds on the phone: tabs by role, at most four, the first one is "what now". */
import { Bell, Building2, House, CalendarCheck, ListTodo, ReceiptText, Hand, PhoneCall, Route, UserRound } from "lucide-vue-next";
import { computed, type Component } from "vue";
import { hasRole } from "@/shared/session";
import { billed } from "./owed";

export interface Tab {
    to: string;
    word: string;
    icon: Component;
}

export const isEngineer = computed(() => hasRole("engineer", "eng_lead"));
export const isResident = computed(() => hasRole("resident"));
/* Who goes about with a list of today's tasks. */
export const isField = computed(() => hasRole("guard", "guard_lead", "control", "cleaner", "clean_lead", "gardener", "green_lead"));
/* The desk's people on their way: butlers. */
export const isButler = computed(() => hasRole("desk", "desk_lead"));

/* The guards, who walk rounds. */
export const isGuard = computed(() => hasRole("guard", "guard_lead"));

/* Who lets visitors in: the guards, and the duty room. */
export const isGate = computed(() => hasRole("guard", "guard_lead", "control"));

const TABS: Record<string, Tab> = {
    jobs: { to: "/jobs", word: "tab.jobs", icon: ListTodo },
    pool: { to: "/pool", word: "tab.pool", icon: Hand },
    home: { to: "/", word: "tab.home", icon: House },
    matters: { to: "/matters", word: "tab.matters", icon: ListTodo },
    tasks: { to: "/tasks", word: "tab.today", icon: CalendarCheck },
    today: { to: "/today", word: "tab.today", icon: PhoneCall },
    households: { to: "/households", word: "tab.households", icon: Building2 },
    news: { to: "/notices", word: "tab.news", icon: Bell },
    bills: { to: "/bill", word: "bill.title", icon: ReceiptText },
    rounds: { to: "/rounds", word: "tab.rounds", icon: Route },
    me: { to: "/me", word: "tab.me", icon: UserRound },
};

export const tabs = computed<Tab[]>(() => {
    if (isEngineer.value)
        return ["jobs", "tasks", "pool", "me"].map((name) => TABS[name]!);
    if (isGuard.value)
        return ["rounds", "tasks", isResident.value ? "home" : "news", "me"].map((name) => TABS[name]!);
    if (isButler.value)
        return ["today", "households", isResident.value ? "home" : "news", "me"].map((name) => TABS[name]!);
    if (isField.value)
        return ["tasks", isResident.value ? "home" : "news", "me"].map((name) => TABS[name]!);
    if (isResident.value)
        return ["home", "matters", ...(billed.value ? ["bills"] : []), "me"].map((name) => TABS[name]!);
    return ["home", "me"].map((name) => TABS[name]!);
});

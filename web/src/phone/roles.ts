/* roles.ts: what somebody finds on the phone: tabs by role, at most four, the first one is "what now". */
import { House, ListTodo, ReceiptText, ClipboardCheck, Hand, UserRound } from "lucide-vue-next";
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

const TABS: Record<string, Tab> = {
    jobs: { to: "/jobs", word: "tab.jobs", icon: ListTodo },
    pool: { to: "/pool", word: "tab.pool", icon: Hand },
    done: { to: "/done", word: "tab.done", icon: ClipboardCheck },
    home: { to: "/", word: "tab.home", icon: House },
    matters: { to: "/matters", word: "tab.matters", icon: ListTodo },
    bills: { to: "/bill", word: "bill.title", icon: ReceiptText },
    me: { to: "/me", word: "tab.me", icon: UserRound },
};

export const tabs = computed<Tab[]>(() => {
    if (isEngineer.value)
        return ["jobs", "pool", isResident.value ? "home" : "done", "me"].map((name) => TABS[name]!);
    if (isResident.value)
        return ["home", "matters", ...(billed.value ? ["bills"] : []), "me"].map((name) => TABS[name]!);
    return ["home", "me"].map((name) => TABS[name]!);
});

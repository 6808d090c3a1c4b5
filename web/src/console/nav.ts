/* nav.ts: at most seven entries, by role; somebody with several roles gets the union, the first role's first. */
import { mayRead } from "@/shared/meta";
import { BookOpen, CalendarCheck, CalendarClock, ChartNoAxesColumn, Cog, House, Inbox, Landmark, LayoutGrid, Megaphone, ReceiptText, Settings, ShieldCheck, Sun, Upload, Users } from "lucide-vue-next";
import type { Component } from "vue";

export interface Entry {
    key: string;
    to: string;
    icon: Component;
    needs?: string; /* a resource: the entry is there when it is */
    badge?: "overdue" | "open" | "pool";
}

const ENTRIES: Record<string, Entry> = {
    today: { key: "today", to: "/", icon: Sun, badge: "overdue" },
    matters: { key: "matters", to: "/matters", icon: Inbox, badge: "open" },
    dispatch: { key: "dispatch", to: "/dispatch", icon: LayoutGrid, badge: "pool" },
    houses: { key: "houses", to: "/houses", icon: House },
    cashier: { key: "cashier", to: "/cashier", icon: ReceiptText, needs: "payments" },
    figures: { key: "figures", to: "/figures", icon: ChartNoAxesColumn },
    imports: { key: "imports", to: "/import", icon: Upload },
    users: { key: "users", to: "/users", icon: Users },
    notices: { key: "notices", to: "/notices", icon: Megaphone, needs: "notices" },
    articles: { key: "articles", to: "/r/articles", icon: BookOpen, needs: "articles" },
    followups: { key: "followups", to: "/matters?view=followups", icon: CalendarCheck },
    equipment: { key: "equipment", to: "/equipment", icon: Cog, needs: "equipment" },
    finance: { key: "finance", to: "/finance/runs", icon: Landmark, needs: "billing_runs" },
    duty: { key: "duty", to: "/duty", icon: ShieldCheck, needs: "rounds" },
    plans: { key: "plans", to: "/plans", icon: CalendarClock, needs: "plans" },
    settings: { key: "settings", to: "/settings", icon: Settings },
};
const BY_ROLE: Record<string, string[]> = {
    desk: ["today", "matters", "dispatch", "houses", "cashier", "notices", "articles", "figures"],
    desk_lead: ["today", "matters", "dispatch", "houses", "cashier", "notices", "articles", "figures"],
    cashier: ["cashier", "today", "matters", "houses"],
    accountant: ["finance", "cashier", "today", "houses", "figures"],
    eng_lead: ["today", "dispatch", "matters", "equipment", "plans", "houses", "figures"],
    engineer: ["today", "matters", "equipment", "plans"],
    store_keeper: ["equipment", "today", "matters"],
    clean_lead: ["today", "plans", "matters"],
    green_lead: ["today", "plans", "matters"],
    manager: ["today", "matters", "houses", "plans", "finance", "notices", "figures", "dispatch", "cashier", "users", "imports"],
    guard: ["duty", "today", "matters"],
    guard_lead: ["duty", "today", "matters", "plans", "houses", "notices"],
    control: ["duty", "today", "matters", "equipment", "houses", "notices"],
    quality: ["today", "followups", "matters", "plans", "figures"],
    region: ["today", "figures", "matters", "plans", "houses", "finance"],
    admin: ["today", "matters", "dispatch", "houses", "figures", "imports", "users", "finance", "cashier"],
};
const MOST = 7;

export function entriesFor(roles: readonly string[]): Entry[]
{
    const keys = new Set(roles.flatMap((role) => BY_ROLE[role] ?? ["today", "matters"]));

    return [...(keys.size ? keys : new Set(["today", "matters"]))].map((key) => ENTRIES[key]!).filter(({ needs }) => !needs || mayRead(needs)).slice(0, MOST);
}
/* 去哪里: every place, for the search box. */
export const allEntries = (roles: readonly string[]): Entry[] => [...entriesFor(roles), ...["plans", "notices", "articles", "cashier", "finance", "duty", "equipment", "figures", ...(roles.includes("manager") ? ["imports", "users"] : [])].map((key) => ENTRIES[key]!).filter((entry) => (!entry.needs || mayRead(entry.needs)) && !entriesFor(roles).includes(entry)), ENTRIES["settings"]!];

/* router.ts: the phone's pages and their addresses, each its own download but the first. */
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { t } from "@/shared/i18n";
import { standing } from "@/shared/session";
import { isButler, isEngineer, isField, isGuard, isResident } from "./roles";

/* Where somebody begins: residents at home, engineers with their jobs, guards with their rounds, butlers with their calls, cleaners and gardeners with their tasks, others with themselves. Not known before the log-in. */
export const landing = (): string => (standing.value !== "in" || isResident.value ? "/" : isEngineer.value ? "/jobs" : isGuard.value ? "/rounds" : isButler.value ? "/today" : isField.value ? "/tasks" : "/me");

const routes: RouteRecordRaw[] = [
    { path: "/", component: () => import("./pages/HomePage.vue"), meta: { tab: true, title: "tab.home" }, beforeEnter: () => landing() === "/" || landing() },
    { path: "/claim", component: () => import("./pages/ClaimPage.vue"), meta: { open: true, title: "claim.title" } },
    { path: "/report", component: () => import("./pages/ReportPage.vue"), meta: { title: "report.title" } },
    { path: "/matters", component: () => import("./pages/MattersPage.vue"), meta: { tab: true, title: "tab.matters" } },
    { path: "/repair/:id", component: () => import("./pages/MatterPage.vue"), props: true, meta: { title: "matter.title" } },
    { path: "/repair/:id/rate", component: () => import("./pages/RatePage.vue"), props: true, meta: { title: "rate.title" } },
    { path: "/complaint/:id", component: () => import("./pages/CasePage.vue"), props: (to) => ({ id: to.params["id"], resource: "complaints" }), meta: { title: "case.title_complaints" } },
    { path: "/enquiry/:id", component: () => import("./pages/CasePage.vue"), props: (to) => ({ id: to.params["id"], resource: "enquiries" }), meta: { title: "case.title_enquiries" } },
    { path: "/notices", component: () => import("./pages/NoticesPage.vue"), meta: { title: "notice.title" } },
    { path: "/notices/:id", component: () => import("./pages/NoticePage.vue"), props: true, meta: { title: "board.title" } },
    { path: "/jobs", component: () => import("./pages/JobsPage.vue"), meta: { tab: true, title: "tab.jobs" } },
    { path: "/pool", component: () => import("./pages/PoolPage.vue"), meta: { tab: true, title: "tab.pool" } },
    { path: "/tasks", component: () => import("./pages/TodayPage.vue"), meta: { tab: true, title: "tab.today" } },
    { path: "/task/:id", component: () => import("./pages/TaskPage.vue"), props: true, meta: { title: "task.title" } },
    { path: "/done", component: () => import("./pages/DonePage.vue"), meta: { tab: true, title: "tab.done" } },
    { path: "/job/:id", component: () => import("./pages/JobPage.vue"), props: true, meta: { title: "job.title" } },
    { path: "/job/:id/quote", component: () => import("./pages/QuotePage.vue"), props: true, meta: { title: "quote.title" } },
    { path: "/job/:id/finish", component: () => import("./pages/FinishPage.vue"), props: true, meta: { title: "finish.title" } },
    { path: "/rounds", component: () => import("./pages/RoundsPage.vue"), meta: { tab: true, title: "rounds.title" } },
    { path: "/round/:id", component: () => import("./pages/RoundPage.vue"), props: true, meta: { title: "round.title" } },
    { path: "/incident", component: () => import("./pages/IncidentPage.vue"), meta: { title: "incident.title" } },
    { path: "/today", component: () => import("./pages/ButlerPage.vue"), meta: { tab: true, title: "tab.today" } },
    { path: "/households", component: () => import("./pages/HouseholdsPage.vue"), meta: { tab: true, title: "tab.households" } },
    { path: "/household/:id", component: () => import("./pages/HouseholdPage.vue"), props: true, meta: { title: "butler.households" } },
    { path: "/unread/:id", component: () => import("./pages/UnreadPage.vue"), props: true, meta: { title: "butler.unread" } },
    { path: "/machines", component: () => import("./pages/PlatePage.vue"), meta: { title: "machine.find" } },
    { path: "/plate/:code", component: () => import("./pages/PlatePage.vue"), props: true, meta: { title: "machine.find" } },
    { path: "/machine/:id", component: () => import("./pages/MachinePage.vue"), props: true, meta: { title: "machine.title" } },
    { path: "/machine/:id/fault", component: () => import("./pages/FaultPage.vue"), props: true, meta: { title: "machine.report" } },
    { path: "/visitors", component: () => import("./pages/VisitorsPage.vue"), meta: { title: "visitors.title" } },
    { path: "/visitor/:id", component: () => import("./pages/VisitorPage.vue"), props: true, meta: { title: "visitors.pass" } },
    { path: "/releases/:id?", component: () => import("./pages/ReleasesPage.vue"), meta: { title: "releases.title" } },
    { path: "/gate", component: () => import("./pages/GatePage.vue"), meta: { title: "visitors.gate" } },
    { path: "/outbox", component: () => import("./pages/OutboxPage.vue"), meta: { title: "outbox.title" } },
    { path: "/me", component: () => import("./pages/MePage.vue"), meta: { tab: true, title: "tab.me" } },
    { path: "/me/family", component: () => import("./pages/FamilyPage.vue"), meta: { title: "family.title" } },
    { path: "/me/sessions", component: () => import("./pages/SessionsPage.vue"), meta: { title: "sessions.title" } },
    { path: "/me/password", component: () => import("./pages/PasswordPage.vue"), meta: { title: "password.title" } },
    { path: "/bill/:charge?", component: () => import("./pages/BillPage.vue"), props: true, meta: { tab: true, title: "bill.title" } },
    { path: "/bill-past", component: () => import("./pages/BillPastPage.vue"), meta: { title: "bill.past_title" } },
    { path: "/:rest(.*)*", component: () => import("./pages/NotThere.vue"), meta: { title: "nothing.title" } },
];

export const router = createRouter({
    history: createWebHistory("/m/"),
    routes,
    scrollBehavior: (_to, from, saved) => saved ?? (from.matched.length > 0 && { top: 0 }), /* the first page lies at its top already */
});

router.afterEach((to) => {
    const title = to.meta["title"];
    document.title = typeof title === "string" ? `${t(title)} · ${t("phone.name")}` : t("phone.name");
});

/* A page of an older version that is gone from the server: fetch the new one. */
router.onError((error, to) => {
    if (/dynamically imported module|Importing a module/.test(String(error)) && navigator.onLine)
        location.assign(`/m${to.fullPath}`);
});

/* Where "back" leads when the page was opened from outside. */
export function goBack(otherwise = "/"): void
{
    if (window.history.state?.back)
        router.back();
    else
        void router.replace(otherwise);
}

/* router.ts: URLs name things; every state of a list is in its query. */
import { createRouter, createWebHistory } from "vue-router";
import TodayPage from "./pages/TodayPage.vue";
import { backToPlace, keepPlaces } from "./scroll";

export const router = createRouter({
    history: createWebHistory("/"),
    scrollBehavior: (_to, _from, saved) => {
        if (saved)
            backToPlace();
        return saved ?? { top: 0 };
    },
    routes: [
        { path: "/", component: TodayPage, meta: { nav: "today" } },
        { path: "/matters", component: () => import("./pages/MattersPage.vue"), meta: { nav: "matters" } },
        { path: "/matters/:no", component: () => import("./pages/MatterPage.vue"), props: true, meta: { nav: "matters" } },
        { path: "/dispatch", component: () => import("./pages/DispatchPage.vue"), meta: { nav: "dispatch" } },
        { path: "/houses", component: () => import("./pages/HousesPage.vue"), meta: { nav: "houses" } },
        { path: "/houses/:no", component: () => import("./pages/HousePage.vue"), props: true, meta: { nav: "houses" } },
        { path: "/cashier", component: () => import("./pages/CashierPage.vue"), meta: { nav: "cashier" } },
        { path: "/import", component: () => import("./pages/ImportPage.vue"), meta: { nav: "imports" } },
        { path: "/figures", component: () => import("./pages/FiguresPage.vue"), meta: { nav: "figures" } },
        { path: "/users", component: () => import("./pages/UsersPage.vue"), meta: { nav: "users" } },
        { path: "/settings", component: () => import("./pages/SettingsPage.vue"), meta: { nav: "settings" } },
        { path: "/settings/:resource", component: () => import("./pages/RulesPage.vue"), props: true, meta: { nav: "settings" } },
        { path: "/notices", component: () => import("./pages/NoticesPage.vue"), meta: { nav: "notices" } },
        { path: "/notices/new", component: () => import("./pages/NoticeEditPage.vue"), meta: { nav: "notices" } },
        { path: "/notices/:id", component: () => import("./pages/NoticePage.vue"), props: true, meta: { nav: "notices" } },
        { path: "/notices/:id/edit", component: () => import("./pages/NoticeEditPage.vue"), props: true, meta: { nav: "notices" } },
        { path: "/r/notices", redirect: (to) => ({ path: "/notices", query: to.query }) },
        { path: "/r/notices/:id", redirect: (to) => `/notices/${String(to.params["id"])}` },
        { path: "/r/equipment/:id", redirect: (to) => `/equipment/${String(to.params["id"])}` },
        { path: "/r/:resource", component: () => import("./pages/ResourcePage.vue"), props: true },
        { path: "/r/:resource/:id", component: () => import("./pages/AnyRecordPage.vue"), props: true },
        { path: "/equipment", component: () => import("./equipment/MachinesPage.vue"), meta: { nav: "equipment" } },
        { path: "/equipment/machines", redirect: "/equipment" },
        { path: "/equipment/faults", component: () => import("./equipment/FaultsPage.vue"), meta: { nav: "equipment" } },
        { path: "/equipment/statutory", component: () => import("./equipment/StatutoryPage.vue"), meta: { nav: "equipment" } },
        { path: "/equipment/stock", component: () => import("./equipment/StockPage.vue"), meta: { nav: "equipment" } },
        ...["permits", "contractors", "contracts"].map((resource) => ({ path: `/equipment/${resource}`, component: () => import("./equipment/ListPage.vue"), props: { resource }, meta: { nav: "equipment" } })),
        { path: "/equipment/:id", component: () => import("./equipment/MachinePage.vue"), props: true, meta: { nav: "equipment" } },
        { path: "/finance", redirect: "/finance/runs" },
        { path: "/finance/runs", component: () => import("./finance/RunsPage.vue"), meta: { nav: "finance" } },
        { path: "/finance/runs/:id", component: () => import("./finance/RunPage.vue"), props: true, meta: { nav: "finance" } },
        { path: "/finance/tariffs", component: () => import("./finance/TariffsPage.vue"), meta: { nav: "finance" } },
        { path: "/finance/meters", component: () => import("./finance/MetersPage.vue"), meta: { nav: "finance" } },
        { path: "/finance/books", component: () => import("./finance/BooksPage.vue"), meta: { nav: "finance" } },
        { path: "/:rest(.*)*", component: () => import("./pages/NotFoundPage.vue") },
    ],
});
keepPlaces(router);

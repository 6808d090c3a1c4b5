/* main.ts: the desk console, served at /. */
import { createApp } from "vue";
import "@/shared/base.css";
import { startI18n } from "@/shared/i18n";
import { resume } from "@/shared/session";
import { startTheme } from "@/shared/theme";
import App from "./App.vue";
import "element-plus/es/components/base/style/css.mjs";
import "element-plus/theme-chalk/dark/css-vars.css";
import "@/shared/tokens.css"; /* after Element Plus: it sets the same names */
import "./console.css";
import { router } from "./router";

const app = createApp(App);
startTheme(false);
await Promise.all([startI18n(app, { "zh-CN": () => import("./lang/zh-CN.json"), en: () => import("./lang/en.json") }), resume()]);
app.use(router).mount("#app");

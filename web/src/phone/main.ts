/* main.ts: the phone pages, served below /m/. */
import { createApp } from "vue";
import "@/shared/base.css";
import { startI18n } from "@/shared/i18n";
import { startTheme } from "@/shared/theme";
import App from "./App.vue";
import "vant/es/style/base.css";
import "@/shared/tokens.css"; /* after Vant: it sets the same names */
import "./phone.css";
import { router } from "./router";
import { enter } from "./stay";
import { otherwise } from "@/shared/turn";
import { startWorker } from "./worker";

const app = createApp(App);
startTheme(true);
await Promise.all([startI18n(app, { "zh-CN": () => import("./lang/zh-CN.json"), en: () => import("./lang/en.json") }), enter()]);
await otherwise(); /* a slow phone answers a finger between the steps of its start */
app.use(router).mount("#app");
startWorker();

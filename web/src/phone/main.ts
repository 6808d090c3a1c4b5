/* main.ts: the phone pages, served below /m/. (Placeholder: log-in only.) */
import { createApp } from "vue";
import "@/shared/base.css";
import "@/shared/tokens.css";
import { startI18n } from "@/shared/i18n";
import { resume } from "@/shared/session";
import { startTheme } from "@/shared/theme";
import LogIn from "@/shared/parts/LogIn.vue";

const app = createApp(LogIn);
await startI18n(app, { "zh-CN": () => import("./lang/zh-CN.json"), en: () => import("./lang/en.json") });
startTheme(true);
void resume();
app.mount("#app");

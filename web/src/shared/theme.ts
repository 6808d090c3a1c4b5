/* theme.ts: light, dark or as the system says; large text on phones; comfortable or dense rows on the console. */
import { computed, ref, watchEffect } from "vue";
import { recall, remember } from "./draft";

export type Theme = "system" | "light" | "dark";
export type Density = "default" | "dense" | "comfortable";

export const theme = ref<Theme>(recall<Theme>("theme", "system"));
export const large = ref<boolean>(recall("large", false));
export const density = ref<Density>(recall<Density>("density", "default"));
export const shortcuts = ref<boolean>(recall("shortcuts", true));

const system = window.matchMedia?.("(prefers-color-scheme: dark)");
const system_dark = ref(system?.matches ?? false);
system?.addEventListener?.("change", (event) => { system_dark.value = event.matches; });

/* Who works at night begins in the dark, unless they chose otherwise. */
export const by_night = ref(false);
export const dark = computed(() => theme.value === "dark" || (theme.value === "system" && (system_dark.value || by_night.value)));

/* Keeps <html> in step; once, at start. Phones pass true: their type steps are other ones. */
export function startTheme(phone: boolean): void
{
    watchEffect(() => {
        const root = document.documentElement.classList;
        root.toggle("dark", dark.value);
        root.toggle("phone", phone);
        root.toggle("large", phone && large.value);
        root.toggle("dense", !phone && density.value === "dense");
        root.toggle("comfortable", !phone && density.value === "comfortable");
        remember("theme", theme.value);
        remember("large", large.value);
        remember("density", density.value);
        remember("shortcuts", shortcuts.value);
    });
}

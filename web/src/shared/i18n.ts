/* i18n.ts: Chinese first, English beside it. The shared words come with either entry; each entry brings its own.
 * A language is one small download, fetched when it is wanted. */
import { markRaw, nextTick, type App } from "vue";
import { createI18n, type MessageContext, type MessageFunction } from "vue-i18n";
import { setApiLanguage } from "./api";
import { recall, remember } from "./draft";

export type Language = "zh-CN" | "en";
type Tree = { [key: string]: string | Tree };
type Words = { default: Tree };
export type Loaders = Record<Language, () => Promise<Words>>;

const shared: Loaders = {
    "zh-CN": () => import("./lang/zh-CN.json") as unknown as Promise<Words>,
    en: () => import("./lang/en.json") as unknown as Promise<Words>,
};

/* Our texts have {names} and nothing else (a test says so), so that none of them has to be parsed while a slow phone starts. */
const compiled = new Map<string, MessageFunction<string>>();
function compileText(text: string): MessageFunction<string>
{
    const parts = text.split(/\{(\w+)\}/);
    return parts.length === 1 ? () => text : (values: MessageContext<string>) => parts.map((part, i) => (i % 2 ? String(values.named(part) ?? "") : part)).join("");
}
function compile(message: unknown): MessageFunction<string>
{
    const text = String(message), known = compiled.get(text) ?? compileText(text);
    compiled.set(text, known);
    return known;
}

export const i18n = createI18n({
    legacy: false,
    messageCompiler: compile,
    locale: "zh-CN",
    fallbackLocale: "zh-CN",
    missingWarn: false,
    fallbackWarn: false,
    messages: {} as Record<string, Record<string, string>>,
});

/* For code outside components. Inside, `useI18n().t` or `$t` is the same. */
export const t = (key: string, values?: Record<string, unknown>): string => i18n.global.t(key, values ?? {});
export const hasWord = (key: string): boolean => i18n.global.te(key) || i18n.global.te(key, "zh-CN");
export const language = (): Language => i18n.global.locale.value as Language;

/* `over` laid over `under`, without copying what only one of them has. */
function laid(under: Tree, over: Tree): Tree
{
    const both = { ...under };

    for (const [key, value] of Object.entries(over)) {
        const below = both[key];
        both[key] = typeof below === "object" && typeof value === "object" ? laid(below, value) : value;
    }
    return both;
}

let entry: Loaders | null = null;
const loaded = new Set<string>();

export async function startI18n(app: App, loaders: Loaders): Promise<void>
{
    entry = loaders;
    app.use(i18n);
    await setLanguage(recall<Language>("language", navigator.language?.startsWith("en") ? "en" : "zh-CN"));
}

export async function setLanguage(to: Language): Promise<void>
{
    setApiLanguage(to); /* at once: requests made while the words are on their way ask for the same language */
    if (!loaded.has(to)) {
        const parts = await Promise.all([shared[to](), ...(entry ? [entry[to]()] : [])]);
        i18n.global.setLocaleMessage(to, markRaw(parts.map((part) => part.default).reduce(laid)) as Record<string, string>);
        loaded.add(to);
    }
    (i18n.global.locale as unknown as { value: string }).value = to;
    document.documentElement.lang = to;
    remember("language", to);
    await nextTick();
}

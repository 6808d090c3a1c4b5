/* One client, two entries: the console (index.html, served at /) and the phone pages (m/index.html, served below /m/).
 * The C program embeds dist/ and sends `script-src 'self'`: nothing inline, nothing from another host. */
import { fileURLToPath, URL } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";
import { VitePWA, type VitePluginPWAAPI } from "vite-plugin-pwa";

const SERVER = process.env["ANJU_URL"] ?? "http://127.0.0.1:8080";
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/* `vite dev` knows nothing of the server's rule "an unknown path is the console's page, below /m/ the phone's". */
const pages: Plugin = {
    name: "anju-pages",
    enforce: "post",
    configureServer(server) {
        server.middlewares.use((request, _, next) => {
            const path = (request.url ?? "/").split("?")[0] ?? "/";
            if (request.headers.accept?.includes("text/html") && !path.startsWith("/api/"))
                request.url = path === "/m" || path.startsWith("/m/") ? "/m/index.html" : "/index.html";
            next();
        });
    },
    /* The PWA plugin links its manifest from every page; only the phone's can be installed. */
    transformIndexHtml: {
        order: "post",
        handler: (html, { path }) => (path.startsWith("/m/") ? html : html.replace(/\s*<link rel="manifest"[^>]*>/, "")),
    },
};

/* What the phone's entry can reach; its service worker keeps that and nothing of the console. */
const phones = new Set<string>();
let pwa: VitePluginPWAAPI | undefined;
const fromRoot = <T extends { url: string }>(one: T): T => ({ ...one, url: `/${one.url}` });
const reach: Plugin = {
    name: "anju-reach",
    configResolved(config) {
        pwa = config.plugins.find(({ name }) => name === "vite-plugin-pwa")?.api as VitePluginPWAAPI | undefined;
    },
    generateBundle(_, bundle) {
        pwa?.extendManifestEntries((all) => all.map((one) => (typeof one === "string" ? `/${one}` : fromRoot(one))));
        const queue = Object.values(bundle).filter((file) => file.type === "chunk" && file.isEntry && file.name === "phone").map(({ fileName }) => fileName);
        for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
            const chunk = bundle[name];
            if (phones.has(name) || chunk?.type !== "chunk")
                continue;
            phones.add(name);
            queue.push(...chunk.imports, ...chunk.dynamicImports);
            const { importedCss, importedAssets } = (chunk as { viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> } }).viteMetadata ?? {};
            for (const file of [...(importedCss ?? []), ...(importedAssets ?? [])])
                phones.add(file);
        }
    },
};

/* What every phone page runs is compiled while it comes in, beside the page's own thread (V8's compile hints), not function by function when they are called. */
const ahead: Plugin = {
    name: "anju-ahead",
    generateBundle(_, bundle) {
        for (const chunk of Object.values(bundle))
            if (chunk.type === "chunk" && ["phone", "vue", "base", "pocket"].includes(chunk.name))
                chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
    },
};

export default defineConfig({
    plugins: [
        vue(),
        reach,
        ahead,
        VitePWA({
            injectRegister: false, /* the phone's main.ts registers it; an injected script would be inline */
            filename: "m/sw.js",
            manifestFilename: "m/manifest.webmanifest",
            scope: "/m/",
            manifest: {
                id: "/m/",
                start_url: "/m/",
                scope: "/m/",
                name: "安居",
                short_name: "安居",
                lang: "zh-CN",
                display: "standalone",
                theme_color: "#0B6B66",
                background_color: "#F3F6F6",
                icons: [{ src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" }],
            },
            workbox: {
                globPatterns: ["m/index.html", "assets/**/*", "icon*.*"],
                /* From the root: the worker lives below /m/ and would look for everything there. */
                manifestTransforms: [(all) => ({ manifest: all.filter(({ url }) => !url.startsWith("assets/") || phones.has(url) || url.includes("worker")).map(fromRoot), warnings: [] })],
                navigateFallback: "/m/index.html",
                navigateFallbackAllowlist: [/^\/m(\/|$)/],
                cleanupOutdatedCaches: true,
                sourcemap: false,
            },
        }),
        pages,
    ],
    resolve: { alias: { "@": here("./src") } },
    define: {
        __VUE_OPTIONS_API__: true, /* Element Plus and Vant still have a few */
        __VUE_PROD_DEVTOOLS__: false,
        __VUE_I18N_LEGACY_API__: false,
        __VUE_I18N_FULL_INSTALL__: false,
        __INTLIFY_PROD_DEVTOOLS__: false,
        __INTLIFY_DROP_MESSAGE_COMPILER__: true, /* i18n.ts has its own */
    },
    server: { proxy: { "/api": SERVER, "/healthz": SERVER, "/readyz": SERVER } },
    worker: { format: "es" },
    build: {
        target: "es2022",
        sourcemap: false,
        assetsInlineLimit: 0,
        chunkSizeWarningLimit: 900,
        rollupOptions: {
            input: { console: here("./index.html"), phone: here("./m/index.html") },
            output: {
                /* c: console only, m: phone only, s: both. The phone's service worker keeps m and s. */
                entryFileNames: (chunk) => `assets/${chunk.name === "phone" ? "m" : "c"}/[name]-[hash].js`,
                chunkFileNames: (chunk) => `assets/${sideOf(chunk.moduleIds)}/[name]-[hash].js`,
                assetFileNames: "assets/s/[name]-[hash][extname]",
                /* Few files on the first page: what everything needs together, what only forms need apart. */
                codeSplitting: {
                    groups: [
                        { name: "vue", test: /node_modules\/(@vue|vue|vue-router|vue-i18n|@intlify|@vueuse)\//, priority: 30 },
                        { name: "look", test: /element-plus\/(theme-chalk\/base|es\/components\/base\/style)/, priority: 30 },
                        { name: "icons", test: /node_modules\/lucide-vue-next\//, priority: 20, minShareCount: 2 },
                        { name: "base", test: /src\/shared\/(?!lang\/|photo\.worker)/, priority: 10, minShareCount: 2 },
                        { name: "form", test: /src\/console\/(el\.ts|parts\/(Ask|When|Lines|Photo)Field)|src\/console\/parts\/RefPicker/, priority: 4 },
                        { name: "desk", test: /src\/console\/(?!lang|pages|QuickRepair|el\.ts|parts\/(ListView|RecordPage|NewRecord|FilterBar|BulkBar|RecordPanel|AskSheet|AskField|WhenField|LinesField|PhotoField|RefPicker|Facts|Suggestions))/, priority: 5, minShareCount: 2 },
                        { name: "pocket", test: /src\/phone\/(?!lang|pages)/, priority: 5, minShareCount: 2 },
                    ],
                },
            },
        },
    },
    test: { environment: "happy-dom", include: ["src/**/*.test.ts"], setupFiles: [] },
} as import("vitest/config").ViteUserConfig & import("vite").UserConfig);

function sideOf(modules: readonly string[]): "c" | "m" | "s"
{
    const phone = modules.some((id) => id.includes("/src/phone/") || id.includes("/node_modules/vant/"));
    const console = modules.some((id) => /\/src\/console\/|\/node_modules\/(element-plus|echarts|zrender)\//.test(id));

    return phone ? "m" : console ? "c" : "s";
}

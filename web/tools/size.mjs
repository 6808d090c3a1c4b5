/* size.mjs: counts what a first page loads: its HTML, scripts, styles and what they import at once, plus the language
 * files of one language, brotli-compressed. Exit 1 over the budget. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const PAGES = [
    { page: "index.html", budget: 320_000, first: /(?:zh-CN|Today|TodayPage|AppShell)-/ },
    { page: "m/index.html", budget: 170_000, first: /(?:zh-CN|Home|HomePage|Shell)-/ },
];

let over = false;
for (const { page, budget, first } of PAGES) {
    const loaded = loads(page, first);
    const bytes = [...loaded].reduce((sum, file) => sum + compressed(file), 0);
    over ||= bytes > budget;
    console.log(`${page}: ${bytes} bytes in ${loaded.size} files, budget ${budget}${bytes > budget ? "  OVER" : ""}`);
    if (process.argv.includes("--list"))
        for (const file of [...loaded].sort((a, b) => compressed(b) - compressed(a)))
            console.log(`  ${String(compressed(file)).padStart(7)}  ${file}`);
}
process.exit(over ? 1 : 0);

/* Static imports are always loaded; of the dynamic ones, those that the first page after the log-in asks for. */
function loads(page, first)
{
    const seen = new Set();
    const queue = [page];

    while (queue.length) {
        const file = queue.pop();
        if (seen.has(file) || !existsSync(join(DIST, file)))
            continue;
        seen.add(file);
        const text = readFileSync(join(DIST, file), "utf8");
        if (file.endsWith(".html"))
            for (const [, path] of text.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g))
                queue.push(path);
        if (!file.endsWith(".js"))
            continue;
        const beside = (path) => (path.startsWith("assets/") ? path : join(dirname(file), path));
        for (const [, path] of text.matchAll(/(?:from|import)\s*["'](\.{1,2}\/[^"']+\.js)["']/g))
            queue.push(beside(path));
        for (const [, path] of text.matchAll(/import\(\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]\s*\)/g))
            if (first.test(path))
                queue.push(beside(path));
        for (const [, path] of text.matchAll(/["'](assets\/[^"']+\.(?:js|css))["']/g))
            if (first.test(path))
                queue.push(path);
    }
    return seen;
}

function compressed(file)
{
    return brotliCompressSync(readFileSync(join(DIST, file)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

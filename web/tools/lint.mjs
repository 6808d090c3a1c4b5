/* lint.mjs: what a type checker does not see.
 *   - Chinese text outside the language files (comments and tests aside; a line may say `lint: words` when it parses Chinese)
 *   - colours, font sizes and z-indexes outside tokens.css
 *   - keys of the language files that are missing in one language, never used, or used and not there */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SRC = join(ROOT, "src");
const problems = [];
const files = walk(SRC);
const report = (file, line, text) => problems.push(`${relative(ROOT, file)}:${line}: ${text}`);

for (const file of files.filter((name) => /\.(vue|ts|css)$/.test(name) && !name.endsWith(".test.ts")))
    checkSource(file);
const entries = ["shared", "console", "phone"];
for (const entry of entries)
    checkLanguages(entry);

if (problems.length) {
    console.error(problems.join("\n"));
    console.error(`lint: ${problems.length} problem(s)`);
    process.exit(1);
}
console.log(`lint: ${files.length} files, nothing found`);

function checkSource(file)
{
    const raw = readFileSync(file, "utf8");
    const text = withoutComments(raw);
    const lines = text.split("\n"), as_written = raw.split("\n");

    lines.forEach((line, i) => {
        if (/[\u3400-\u9fff]/.test(line) && !as_written[i].includes("lint: words"))
            report(file, i + 1, "Chinese text outside the language files");
        if (file.endsWith("tokens.css") || as_written[i].includes("lint: look"))
            return;
        if (/#[0-9a-fA-F]{3,8}\b(?!["']?\s*[)\]])/.test(line) && /(color|background|border|fill|stroke|shadow)/.test(line))
            report(file, i + 1, "colour outside tokens.css");
        if (/\brgba?\(|\bhsla?\(/.test(line))
            report(file, i + 1, "colour outside tokens.css");
        if (/font-size\s*:/.test(line) || /\bfont\s*:\s*[^;v}]*\d/.test(line))
            report(file, i + 1, "font size outside tokens.css");
        if (/z-index\s*:\s*-?\d/.test(line))
            report(file, i + 1, "z-index outside tokens.css");
    });
}

function checkLanguages(entry)
{
    const [zh, en] = ["zh-CN", "en"].map((name) => keysOf(join(SRC, entry, "lang", `${name}.json`)));
    const sources = files.filter((name) => /\.(vue|ts)$/.test(name) && (entry === "shared" || name.startsWith(join(SRC, entry)))).map((name) => readFileSync(name, "utf8"));
    const all = sources.join("\n");
    const exact = new Set([...all.matchAll(/["'`]([a-z][\w]*(?:\.[\w]+)+)["'`]/g)].map((match) => match[1]));
    const prefixes = [...all.matchAll(/`([a-z]\w*(?:\.\w+)*\.\w*)\$\{/g)].map((match) => match[1]);

    for (const key of zh.keys())
        if (!en.has(key))
            problems.push(`src/${entry}/lang/en.json: ${key} is missing`);
    for (const key of en.keys())
        if (!zh.has(key))
            problems.push(`src/${entry}/lang/zh-CN.json: ${key} is missing`);
    for (const key of zh.keys())
        if (!exact.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)))
            problems.push(`src/${entry}/lang: ${key} is never used`);
    for (const [key, words] of zh) {
        const holes = (text) => [...String(text).matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();
        if (en.has(key) && holes(words) !== holes(en.get(key)))
            problems.push(`src/${entry}/lang: ${key} has other values in the two languages`);
        if (/[!！]/.test(String(words)) || /[!]/.test(String(en.get(key) ?? "")))
            problems.push(`src/${entry}/lang: ${key} shouts`);
    }
    if (entry !== "shared") {
        const known = new Set([...zh.keys(), ...keysOf(join(SRC, "shared/lang/zh-CN.json")).keys()]);
        for (const [, key] of all.matchAll(/(?:\$t|\bt)\(\s*["'`]([\w.]+)["'`]/g))
            if (!known.has(key))
                problems.push(`src/${entry}: ${key} has no words`);
    }
}

function keysOf(file)
{
    const keys = new Map();
    const visit = (value, path) => {
        if (value && typeof value === "object")
            for (const [name, part] of Object.entries(value))
                visit(part, path ? `${path}.${name}` : name);
        else
            keys.set(path, value);
    };

    visit(JSON.parse(readFileSync(file, "utf8")), "");
    return keys;
}

/* Blanks comments, keeps line numbers. */
function withoutComments(text)
{
    const blank = (match) => match.replace(/[^\n]/g, " ");

    return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/<!--[\s\S]*?-->/g, blank).replace(/(^|\s)\/\/[^\n]*/g, blank);
}

function walk(folder)
{
    return readdirSync(folder).flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory() ? walk(path) : [path];
    });
}

/* rich.ts: text with bold, lists, links and pictures, copied element by element from an allow-list: nothing is handed on as it
 * came. The server cleans what it keeps; this is the second lock, and it cleans what is pasted into the editor. */
const KEPT = new Set(["P", "BR", "STRONG", "EM", "U", "UL", "OL", "LI", "H2", "H3", "TABLE", "TR", "TD", "TH"]);
const SAME: Record<string, string> = { B: "STRONG", I: "EM", H1: "H2", H4: "H3", H5: "H3", H6: "H3" };
const BLOCKS = "P,DIV,UL,OL,H1,H2,H3,H4,H5,H6,TABLE,BLOCKQUOTE,SECTION,ARTICLE";
const GONE = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "EMBED", "SVG", "MATH", "HEAD", "TITLE", "TEXTAREA", "SELECT"]);
const LINK = /^(https?:\/\/|mailto:|tel:)[^\s]+$/i;
const PICTURE = /^(?:https?:\/\/[^/]+)?(\/api\/v1\/files\/\d+)$/;
const DEEPEST = 40;

/* What may be shown of it, as nodes of this page. */
export function richNodes(html: string): DocumentFragment
{
    const into = document.createDocumentFragment();

    copy(new DOMParser().parseFromString(html, "text/html").body, into, 0); /* parsed apart: nothing in there runs or loads */
    return into;
}

/* The same as clean HTML. */
export function richHtml(html: string): string
{
    const box = document.createElement("div");

    box.append(richNodes(html));
    return box.innerHTML;
}

/* Its words alone. */
export const richText = (html: string): string => (richNodes(html).textContent ?? "").trim();
export const isEmptyRich = (html: string): boolean => !richText(html) && !html.includes("<img");

/* A plain text as paragraphs. */
export const richOf = (text: string): string => text.split(/\n+/).map((line) => `<p>${line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")}</p>`).join("");

function copy(from: Node, into: Node, depth: number): void
{
    for (const node of from.childNodes) {
        if (node.nodeType === Node.TEXT_NODE)
            into.appendChild(document.createTextNode(node.textContent ?? ""));
        else if (node instanceof Element || node.nodeType === Node.ELEMENT_NODE)
            copyElement(node as Element, into, depth + 1);
    }
}

function copyElement(from: Element, into: Node, depth: number): void
{
    const name = from.tagName.toUpperCase();

    if (GONE.has(name) || depth > DEEPEST)
        return;
    const made = elementFor(from, SAME[name] ?? name);
    if (made)
        into.appendChild(made);
    if (name !== "IMG" && name !== "BR")
        copy(from, made ?? into, depth);
}

/* The element that stands for it here; null: only its content is kept. */
function elementFor(from: Element, name: string): HTMLElement | null
{
    if (name === "DIV" && !from.querySelector(BLOCKS))
        return document.createElement("p");
    if (KEPT.has(name))
        return document.createElement(name);
    if (name === "A" && LINK.test(from.getAttribute("href") ?? "")) {
        const link = document.createElement("a");
        link.href = from.getAttribute("href")!;
        link.rel = "noopener noreferrer nofollow";
        return link;
    }
    const picture = name === "IMG" ? PICTURE.exec(from.getAttribute("src") ?? "")?.[1] : undefined;
    if (!picture)
        return null;
    const image = document.createElement("img");
    image.setAttribute("src", picture);
    image.alt = "";
    return image;
}

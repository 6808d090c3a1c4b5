/* keys.ts: the keyboard. Single letters act only outside fields and only if they are switched on (WCAG 2.1.4); nothing acts
 * while an input method composes. The layer opened last hears first; a layer that blocks (a sheet) keeps letters from the page. */
import { onScopeDispose } from "vue";
import { shortcuts } from "@/shared/theme";

export type Keys = Record<string, (event: KeyboardEvent) => void | false>;
interface Layer {
    keys: () => Keys;
    block: boolean;
}

const CHORD_MS = 1_200;
const layers: Layer[] = [];
let chord = "";
let chord_at = 0;

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const modName = isMac ? "⌘" : "Ctrl+";

/* Names: "j", "Enter", "mod+Enter", "shift+x", "g t". A handler that returns false did not want the key. */
export function useKeys(keys: Keys | (() => Keys), block = false): void
{
    const layer: Layer = { keys: typeof keys === "function" ? keys : () => keys, block };

    layers.push(layer);
    onScopeDispose(() => layers.splice(layers.indexOf(layer), 1));
}

document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented)
        return;
    const name = nameOf(event);
    const letter = !name.includes("mod+") && name !== "Escape" && !/^F\d/.test(name);
    if (letter && (inField(event.target) || !shortcuts.value))
        return;
    if ((name === "Enter" || name === " ") && onControl(event.target))
        return;
    const two = chord && event.timeStamp - chord_at < CHORD_MS ? `${chord} ${name}` : "";
    chord = letter ? name : "";
    chord_at = event.timeStamp;
    for (const layer of [...layers].reverse()) {
        const keys = layer.keys();
        const act = (two && keys[two]) || keys[name];
        if (act && act(event) !== false) {
            event.preventDefault();
            chord = "";
            return;
        }
        if (layer.block)
            return;
    }
});

function nameOf(event: KeyboardEvent): string
{
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
    const alt = event.altKey ? "alt+" : "";
    const shift = event.shiftKey && /^[a-z]$|^Enter$|^Tab$/.test(key) ? "shift+" : "";

    return mod + alt + shift + key;
}

const inField = (target: EventTarget | null): boolean =>
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && ["checkbox", "radio", "button"].includes(target.type));
const onControl = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.closest("button, a, summary, [role=menuitem], [role=option]") !== null;

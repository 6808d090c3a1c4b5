/* say.ts: one sentence under the title about what was just done; the newest replaces the older. */
import { ref } from "vue";

const SHOWN_MS = 6_000;
export interface Said {
    words: string;
    kind: "done" | "kept" | "bad";
}
export const said = ref<Said | null>(null);
let hide = 0;

export function say(words: string, kind: Said["kind"] = "done"): void
{
    clearTimeout(hide);
    said.value = { words, kind };
    hide = window.setTimeout(() => { said.value = null; }, SHOWN_MS);
}
export const unsay = (): void => { said.value = null; };

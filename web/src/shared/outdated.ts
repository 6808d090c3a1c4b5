/* outdated.ts: has the server been updated while this page was open? Its first page then has another ETag. Looked at when the
 * stream comes back (a restart breaks it) and now and then. Both files of a page's old parts may be gone by then: who goes on
 * reloads, and drafts are kept. */
import { onScopeDispose, ref, watch } from "vue";
import { live } from "./events";

const LOOK_MS = 10 * 60_000;

export const outdated = ref(false);
let known: string | null = null;

async function look(): Promise<void>
{
    const got = await fetch(import.meta.env.BASE_URL, { cache: "no-cache" }).catch(() => null);
    const tag = got?.ok ? got.headers.get("ETag") : null;

    if (!tag)
        return; /* no network: the next look will tell */
    outdated.value = outdated.value || (known !== null && known !== tag);
    known ??= tag;
}

export function useOutdated(): void
{
    const timer = window.setInterval(() => void look(), LOOK_MS);

    void look(); /* which one this page belongs to */
    watch(live, (is_live) => { if (is_live) void look(); });
    onScopeDispose(() => clearInterval(timer));
}

/* scroll.ts: the way back keeps the place. Lists scroll inside the page ([data-scroller]), where no browser remembers it. */
import type { Router } from "vue-router";

const PATIENCE_MS = 2_000; /* rows come from the server, page by page */
const kept = new Map<number, number>(); /* by place in the history */
let here = 0;
let turn = 0;

const scroller = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-scroller]");

export function keepPlaces(router: Router): void
{
    router.beforeEach(() => {
        const box = scroller();
        if (box)
            kept.set(here, box.scrollTop);
    });
    router.afterEach(() => {
        here = Number(window.history.state?.position ?? 0);
        turn++;
    });
}

/* Scrolls as far as the rows reach, again and again while more of them come, until a hand takes over. */
export function backToPlace(): void
{
    const want = kept.get(here) ?? 0, mine = turn, end = Date.now() + PATIENCE_MS;
    let taken = false;
    const take = (): void => { taken = true; };

    if (!want)
        return;
    window.addEventListener("wheel", take, { once: true, passive: true });
    window.addEventListener("keydown", take, { once: true });
    const again = (): void => {
        const box = scroller();
        if (box)
            box.scrollTop = want;
        if (!taken && mine === turn && Date.now() < end && (!box || box.scrollTop < want - 1))
            requestAnimationFrame(again);
    };
    again();
}

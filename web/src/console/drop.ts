/* drop.ts: what a button opens below itself. It closes when the focus leaves it, and Esc gives the focus back to the button. The
 * component names its elements `root` and `button`. */
import { nextTick, ref, useTemplateRef, type Ref } from "vue";

export interface Drop {
    open: Ref<boolean>;
    root: Readonly<Ref<HTMLElement | null>>;
    toggle: () => Promise<void>;
    close: () => void;
    left: (event: FocusEvent) => void;
}

/* first: what takes the focus when it opens. stays: a click on nothing that takes the focus leaves it open. */
export function useDrop({ first, stays = false }: { first?: string; stays?: boolean } = {}): Drop
{
    const open = ref(false);
    const root = useTemplateRef<HTMLElement>("root");
    const button = useTemplateRef<HTMLButtonElement>("button");

    async function toggle(): Promise<void>
    {
        open.value = !open.value;
        await nextTick();
        if (open.value && first)
            root.value?.querySelector<HTMLElement>(first)?.focus();
    }
    function close(): void
    {
        open.value = false;
        button.value?.focus();
    }
    function left(event: FocusEvent): void
    {
        if ((event.relatedTarget || !stays) && !root.value?.contains(event.relatedTarget as Node | null))
            open.value = false;
    }

    return { open, root, toggle, close, left };
}

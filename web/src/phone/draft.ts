/* draft.ts (phone): a form is kept as it is filled in, photos included, and opens again as it was left. */
import { onScopeDispose, reactive, ref, watch, type Ref } from "vue";
import { newKey } from "@/shared/api";
import { me } from "@/shared/session";
import { shelf } from "@/shared/shelf";

const drafts = shelf<unknown>("drafts");
const KEEP_MS = 400;
const place = (name: string): string => `${me.value?.user.id ?? ""}/${name}`;

export const putDraft = (name: string, value: unknown): Promise<boolean> => drafts.put(place(name), value);
export const getDraft = async <T>(name: string): Promise<T | null> => ((await drafts.get(place(name))) as T | undefined) ?? null;
export const forgetDrafts = (): Promise<void> => drafts.clear();

export interface Draft<T> {
    form: T;
    ready: Ref<boolean>; /* what was kept is in the form */
    key: Ref<string>; /* of the intent that this form will become */
    done: () => Promise<void>;
}

export function useDraft<T extends object>(name: string, blank: T): Draft<T>
{
    const form = reactive(blank) as T;
    const ready = ref(false);
    const key = ref(newKey());
    let later = 0;
    let over = false;

    void getDraft<T>(name).then((kept) => {
        if (kept)
            Object.assign(form, kept);
        ready.value = true;
        watch(form, () => {
            clearTimeout(later);
            if (!over)
                later = window.setTimeout(() => void putDraft(name, form), KEEP_MS);
        }, { deep: true });
    });
    onScopeDispose(() => {
        clearTimeout(later);
        if (ready.value && !over)
            void putDraft(name, form);
    });

    async function done(): Promise<void>
    {
        over = true;
        clearTimeout(later);
        await drafts.remove(place(name));
    }
    return { form, ready, key, done };
}

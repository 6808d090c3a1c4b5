/* quick.ts: what every dialog has that the desk fills in while the caller is on the line: it begins with what is known of the
 * caller, what was typed is kept, a repeated send is one send, and the words go along when it turns out to be something else. */
import { computed, nextTick, reactive, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { useRouter } from "vue-router";
import { useI18n } from "vue-i18n";
import { newKey, post } from "@/shared/api";
import { dropDraft, keepDraft, readDraft } from "@/shared/draft";
import type { Hit, Problem, Rec } from "@/shared/types";
import { useCaller } from "./caller";
import { say, type QuickPreset } from "./desk";
import type { Person } from "./house";
import { pathOf } from "./matter";

interface Form {
    house: string | null;
    houseLabel: string;
}
export interface Quick<D> {
    form: D;
    people: ShallowRef<Person[]>;
    problem: ShallowRef<Problem | null>;
    busy: Ref<boolean>;
    carry: ComputedRef<QuickPreset>;
    /* The new record, or null: the problem is shown, and what the server refused gets a new key. */
    send: (resource: string, body: Record<string, unknown>) => Promise<Rec | null>;
    /* Said, with a way to the record when there is one to look at; the draft goes, the dialog closes. */
    done: (words: string, resource?: string, record?: Rec) => void;
    /* The home is known: on to the next field. */
    placed: (hit: Hit | null, next: HTMLElement | null) => Promise<void>;
}

/* `who` and `words` name the fields of the caller and of what they say (at most `most` characters of it come along). */
export function useQuick<D extends Form>(draft: string, empty: () => D, preset: QuickPreset, fields: { who: keyof D & string; words: keyof D & string; most?: number }, close: () => void): Quick<D>
{
    const { t } = useI18n();
    const router = useRouter();
    const kept = readDraft<D>(draft);
    const form = reactive(kept && (!preset.house || kept.house === preset.house.id) ? { ...empty(), ...kept } : empty()) as D;
    const cells = form as Record<string, unknown>;
    const problem = shallowRef<Problem | null>(null);
    const busy = ref(false);
    let key = newKey();

    if (preset.house) {
        form.house = preset.house.id;
        form.houseLabel = preset.house.label;
    }
    if (preset.reporter)
        cells[fields.who] = preset.reporter.id;
    if (preset.words)
        cells[fields.words] = preset.words.slice(0, fields.most);
    const { people } = useCaller(form, fields.who);
    watch(form, () => keepDraft(draft, { ...form }));

    async function send(resource: string, body: Record<string, unknown>): Promise<Rec | null>
    {
        busy.value = true;
        const made = await post(resource, body, { key });
        if (made.ok)
            return made.value;
        busy.value = false;
        problem.value = made.problem;
        if (made.problem.status >= 400 && made.problem.status < 500)
            key = newKey();
        return null;
    }
    function done(words: string, resource?: string, record?: Rec): void
    {
        busy.value = false;
        dropDraft(draft);
        say(words, resource && record ? { undoLabel: t("quick.look"), undo: () => { void router.push(pathOf(resource, record)); } } : undefined);
        close();
    }
    async function placed(hit: Hit | null, next: HTMLElement | null): Promise<void>
    {
        form.houseLabel = hit?.no ?? hit?.label ?? "";
        await nextTick();
        if (hit)
            next?.focus();
    }
    const carry = computed<QuickPreset>(() => ({
        house: form.house ? { id: form.house, label: form.houseLabel } : null,
        reporter: cells[fields.who] ? { id: String(cells[fields.who]), label: "" } : null,
        words: String(cells[fields.words] ?? ""),
    }));
    return { form, people, problem, busy, carry, send, done, placed };
}

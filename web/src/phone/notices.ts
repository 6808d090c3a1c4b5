/* notices.ts: what the server told this person (消息); the number reaches zero by reading. */
import { computed, ref, shallowRef } from "vue";
import { get, post } from "@/shared/api";
import { hasPage, pathOf } from "./kinds";
import { keepSeen, readSeen } from "./kept";

export interface Notice {
    id: string;
    resource?: string | null;
    record?: string | null;
    kind?: string;
    text: string;
    at: string;
    seen: boolean;
}

export const notices = shallowRef<Notice[]>([]);
export const noticesLoaded = ref(false);
export const unseen = computed(() => notices.value.filter(({ seen }) => !seen).length);
/* Without the number in front, where the words are enough. */
export const shortly = (one: Notice): string => one.text.replace(/^[A-Z]{2}-\w+-\d{8}-\d+\s+/, "");

/* The page of what it is about. */
export const wayOf = (one: Notice): string | null => (one.record && hasPage(one.resource) ? pathOf(one.resource!, one.record) : null);

export async function loadNotices(): Promise<void>
{
    const got = await get<{ items: Notice[] }>("messages");

    if (got.ok) {
        notices.value = got.value.items;
        void keepSeen("notices", notices.value);
    } else if (!notices.value.length) {
        notices.value = (await readSeen<Notice[]>("notices")) ?? [];
    }
    noticesLoaded.value = true;
}

/* Everything up to this one has been read. */
export async function markSeen(upto: string): Promise<void>
{
    const newest = notices.value.findIndex(({ id }) => id === upto);

    notices.value = notices.value.map((one, i) => (i >= newest ? { ...one, seen: true } : one));
    await post("messages/seen", { upto });
}

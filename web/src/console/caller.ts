/* caller.ts: the home that somebody calls from, and its people: the start of whatever the desk logs. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { loadHouse, peopleOf, type Person } from "./house";

/* Fills in the home's number and who is likely to speak as soon as the home is known. `form[who]` is null for nobody. */
export function useCaller(form: { house: string | null; houseLabel: string }, who: string): { people: ShallowRef<Person[]> }
{
    const people = shallowRef<Person[]>([]);
    const cells = form as unknown as Record<string, string | null>;

    watch(() => form.house, async (house) => {
        people.value = [];
        if (!house)
            return;
        const found = await loadHouse(house);
        if (form.house !== house || !found)
            return;
        form.houseLabel = found.house.no ?? form.houseLabel;
        people.value = peopleOf(found.house, found.parties).filter(({ to }) => !to);
        if (!people.value.some(({ party }) => party === cells[who]))
            cells[who] = people.value[0]?.party ?? null;
    }, { immediate: true });
    return { people };
}

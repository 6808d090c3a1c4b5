import { describe, expect, it } from "vitest";
import { arrearsOf, itemsOf } from "./finance";

const charge = (house: string, due: string, open: number) => ({ id: due + house, house, house_: { label: `no ${house}` }, due_date: due, open_fen: open });

describe("arrears by age", () => {
    it("puts each charge where its days belong, the last day of a column included", () => {
        const [one, two] = arrearsOf([charge("1", "2026-10-31", 100), charge("1", "2026-10-30", 10), charge("1", "2025-01-01", 1), charge("2", "2026-11-29", 5)], "2026-11-30");
        expect(one).toMatchObject({ no: "no 1", fen: 111, count: 3, oldest: "2025-01-01", parts: [100, 10, 0, 0, 1] });
        expect(two).toMatchObject({ fen: 5, parts: [5, 0, 0, 0, 0] });
    });
});

describe("items", () => {
    it("are told by the version in force, the newest first", () => {
        const version = (id: string, from: string, to: string | null) => ({ id, code: "WY", from, to });
        const [item] = itemsOf([version("a", "2025-01-01", "2026-10-31"), version("c", "2027-01-01", null), version("b", "2026-11-01", "2026-12-31")], "2026-11-30");
        expect(item).toMatchObject({ code: "WY", now: { id: "b" } });
        expect(item!.versions.map(({ id }) => id)).toEqual(["c", "b", "a"]);
    });
});

import { describe, expect, it } from "vitest";
import { itemsOf } from "./finance";

describe("items", () => {
    it("are told by the version in force, the newest first", () => {
        const version = (id: string, from: string, to: string | null) => ({ id, code: "WY", from, to });
        const [item] = itemsOf([version("a", "2025-01-01", "2026-10-31"), version("c", "2027-01-01", null), version("b", "2026-11-01", "2026-12-31")], "2026-11-30");
        expect(item).toMatchObject({ code: "WY", now: { id: "b" } });
        expect(item!.versions.map(({ id }) => id)).toEqual(["c", "b", "a"]);
    });
});

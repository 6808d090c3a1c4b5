/* states.ts: the colour of a state. Grey not started, blue in work, violet paused, red needs someone, green only for a
 * proven good end, hollow for what ended without being done. A new module's states fall to grey until named here. */
export type Tone = "grey" | "blue" | "violet" | "red" | "green" | "hollow";

const TONES: Record<string, Tone> = {
    reported: "grey", accepted: "grey", open: "grey", finished: "grey",
    assigned: "blue", working: "blue", quoted: "blue",
    waiting: "violet",
    confirmed: "green",
    lodged: "grey", investigating: "blue", proposed: "blue", resolving: "blue", resolved: "blue", verified: "green", answered: "blue", published: "blue",
    diagnosed: "blue", waiting_parts: "blue", repaired: "blue", tested: "blue", approved: "blue", under_repair: "red", stopped: "hollow", scrapped: "hollow",
    inside: "blue", left: "hollow", denied: "hollow",
    refused: "hollow", dropped: "hollow", converted: "hollow", expired: "hollow", corrected: "hollow", scheduled: "blue", recalled: "hollow", done: "hollow", closed: "hollow", rejected: "hollow", merged: "hollow", cancelled: "hollow", archived: "hollow",
};

export const toneOf = (state: string | null | undefined, overdue = false): Tone =>
    overdue ? "red" : (TONES[state ?? ""] ?? "grey");

/* States in which nothing is owed any more. */
export const ENDED = new Set(["closed", "rejected", "merged", "cancelled", "archived", "refused", "dropped", "converted"]);

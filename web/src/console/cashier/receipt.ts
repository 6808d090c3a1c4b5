/* receipt.ts: a receipt on paper. Counted first, so that a second one says that it is one, then given to the browser's printer from
 * a frame that nobody sees. */
import { act, apiUrl, list } from "@/shared/api";
import { recall, remember } from "@/shared/draft";
import type { Problem, Rec } from "@/shared/types";

export type Size = "80" | "a4";
export const SIZES: readonly Size[] = ["80", "a4"];
export const sizeNow = (): Size => recall<Size>("receipt.size", "80");
export const keepSize = (size: Size): void => remember("receipt.size", size);
export const paperUrl = (receipt: string, size = sizeNow()): string => apiUrl(`receipts/${receipt}/paper`, { size });

let frame: HTMLIFrameElement | null = null; /* stays until the next: somebody may still look at the print preview */

export async function receiptOf(payment: string): Promise<Rec | null>
{
    const got = await list("receipts", { "filter[payment]": payment, limit: 1 });

    return got.ok ? (got.value.items[0] ?? null) : null;
}

/* What went wrong, if anything: the money is booked whatever becomes of the paper. */
export async function printReceipt(receipt: string): Promise<Problem | null>
{
    const counted = await act("receipts", receipt, "print");
    if (!counted.ok)
        return counted.problem;
    frame?.remove();
    frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "receipt";
    frame.src = paperUrl(receipt);
    frame.addEventListener("load", (loaded) => (loaded.target as HTMLIFrameElement).contentWindow?.print());
    document.body.append(frame);
    return null;
}

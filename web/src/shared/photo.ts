/* photo.ts: a chosen photo, shrunk to 1600 px in a worker and sent; what comes back is the id to put into a field. */
import { upload } from "./api";
import type { Result, StoredFile } from "./types";

export const LONGEST_SIDE_PX = 1600;

let worker: Worker | null = null;
let last = 0;
const waiting = new Map<number, (blob: Blob | null) => void>();

/* The shrunk photo; the file itself when it is no picture or the browser cannot shrink it. */
export async function shrinkPhoto(file: Blob, side = LONGEST_SIDE_PX): Promise<Blob>
{
    if (!file.type.startsWith("image/") || typeof OffscreenCanvas === "undefined" || typeof createImageBitmap === "undefined")
        return file;
    const blob = await inWorker(file, side);
    return blob && (blob.size < file.size || file.type !== "image/jpeg") ? blob : file;
}

export async function sendPhoto(file: Blob, name = "photo.jpg", progress?: (part: number) => void): Promise<Result<StoredFile>>
{
    const small = await shrinkPhoto(file);

    return upload(small, small === file ? name : name.replace(/\.\w+$/, "") + ".jpg", progress);
}

function inWorker(file: Blob, side: number): Promise<Blob | null>
{
    worker ??= startWorker();
    const id = ++last;

    return new Promise((resolve) => {
        waiting.set(id, resolve);
        worker?.postMessage({ id, file, side });
    });
}

function startWorker(): Worker
{
    const made = new Worker(new URL("./photo.worker.ts", import.meta.url), { type: "module" });

    made.onmessage = ({ data }: MessageEvent<{ id: number; blob?: Blob }>) => {
        waiting.get(data.id)?.(data.blob ?? null);
        waiting.delete(data.id);
    };
    made.onerror = () => {
        for (const give of waiting.values())
            give(null);
        waiting.clear();
        worker = null;
    };
    return made;
}

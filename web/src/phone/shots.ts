/* shots.ts: a photo as it comes from the camera, made small at once. */
import { newKey } from "@/shared/api";
import { shrinkPhoto } from "@/shared/photo";
import type { Shot } from "./outbox";

export async function shotOf(file: File): Promise<Shot>
{
    const small = await shrinkPhoto(file);
    const name = file.name || "photo.jpg";

    return { key: newKey(), name: small === file ? name : `${name.replace(/\.\w+$/, "")}.jpg`, blob: small, file: null };
}

export const shotFrom = (blob: Blob, name: string): Shot => ({ key: newKey(), name, blob, file: null });

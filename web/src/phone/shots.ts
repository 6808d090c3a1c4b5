/* shots.ts: a photo as it comes from the camera: shown at once, made small behind that. */
import { newKey } from "@/shared/api";
import { shrinkPhoto } from "@/shared/photo";
import type { Shot } from "./outbox";

export const shotOf = (file: File): Shot => ({ key: newKey(), name: file.name || "photo.jpg", blob: file, file: null, raw: true });

/* The same shot, small enough to send. */
export async function small(shot: Shot): Promise<Shot>
{
    if (!shot.raw)
        return shot;
    const blob = await shrinkPhoto(shot.blob);

    return { ...shot, raw: false, blob, name: blob === shot.blob ? shot.name : `${shot.name.replace(/\.\w+$/, "")}.jpg` };
}

export const shotFrom = (blob: Blob, name: string): Shot => ({ key: newKey(), name, blob, file: null });

/* photo.worker.ts: makes a photo small enough to send over a weak line, off the main thread.
 * Orientation is applied by the decoder; no metadata (place, device) survives the canvas. */
interface Job {
    id: number;
    file: Blob;
    side: number;
}

self.onmessage = async ({ data }: MessageEvent<Job>) => {
    try {
        self.postMessage({ id: data.id, blob: await shrink(data.file, data.side) });
    } catch (error) {
        self.postMessage({ id: data.id, error: String(error) });
    }
};

async function shrink(file: Blob, side: number): Promise<Blob>
{
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, side / Math.max(image.width, image.height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)));

    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.82 });
}

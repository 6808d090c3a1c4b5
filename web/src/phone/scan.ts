/* scan.ts: a QR code before the camera, or an NFC tag at the phone: what it says. The browser's own detector where there is one, else a
 * small decoder that is fetched when it is first needed. */
type Detector = { detect: (source: CanvasImageSource) => Promise<{ rawValue: string }[]> };
type DetectorClass = new (options: { formats: string[] }) => Detector;
type Reader = { scan: (options: { signal: AbortSignal }) => Promise<void>; onreading: ((event: { message: { records: { recordType: string; data?: DataView }[] } }) => void) | null };

const LOOK_MS = 160;
const SIDE = 640; /* what is looked at: enough for a label at arm's length, and quick */

export type Look = (video: HTMLVideoElement) => Promise<string | null>;

export async function makeLook(): Promise<Look>
{
    const Own = (window as unknown as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
    if (Own) {
        const detector = new Own({ formats: ["qr_code"] });
        return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null;
    }
    const { decodeQR } = await import("qr/decode.js");
    const canvas = document.createElement("canvas");
    const ink = canvas.getContext("2d", { willReadFrequently: true });
    return (video) => {
        const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
        canvas.width = Math.round(video.videoWidth * scale);
        canvas.height = Math.round(video.videoHeight * scale);
        ink?.drawImage(video, 0, 0, canvas.width, canvas.height);
        try {
            return Promise.resolve(ink ? decodeQR(ink.getImageData(0, 0, canvas.width, canvas.height)) : null);
        } catch { /* no code in this picture */
            return Promise.resolve(null);
        }
    };
}

/* Opens the camera and looks until a code is seen or `signal` ends it. False: there is no camera, or it is not allowed. */
export async function watchCamera(video: HTMLVideoElement, signal: AbortSignal, seen: (text: string) => void): Promise<boolean>
{
    const stream = await navigator.mediaDevices?.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream || signal.aborted) {
        stream?.getTracks().forEach((track) => track.stop());
        return false;
    }
    signal.addEventListener("abort", () => stream.getTracks().forEach((track) => track.stop()));
    video.srcObject = stream;
    await video.play().catch(() => {});
    const look = await makeLook();
    const again = async (): Promise<void> => {
        if (signal.aborted)
            return;
        const text = video.readyState >= 2 ? await look(video) : null;
        if (text && !signal.aborted)
            seen(text);
        else
            setTimeout(() => void again(), LOOK_MS);
    };
    void again();
    return true;
}

/* Web NFC, where the browser has it. */
export const hasNfc = (): boolean => "NDEFReader" in window;
export async function watchTag(signal: AbortSignal, seen: (text: string) => void): Promise<void>
{
    const reader = new (window as unknown as { NDEFReader: new () => Reader }).NDEFReader();

    reader.onreading = ({ message }) => {
        const record = message.records.find(({ recordType, data }) => recordType === "text" && data);
        if (record?.data)
            seen(new TextDecoder().decode(record.data));
    };
    await reader.scan({ signal }).catch(() => {});
}

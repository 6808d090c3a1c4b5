/* where.ts: where the phone is, when its owner allows it. Never waited for long, never asked twice in a row. */
export interface Place {
    lat: number;
    lng: number;
}

const WAIT_MS = 7_000;

export function whereAmI(): Promise<Place | null>
{
    if (!navigator.geolocation)
        return Promise.resolve(null);
    return new Promise((resolve) => {
        const late = setTimeout(() => resolve(null), WAIT_MS + 500);
        navigator.geolocation.getCurrentPosition(
            ({ coords }) => { clearTimeout(late); resolve({ lat: cut(coords.latitude), lng: cut(coords.longitude) }); },
            () => { clearTimeout(late); resolve(null); },
            { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 60_000 },
        );
    });
}

/* To about a metre. */
const cut = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;

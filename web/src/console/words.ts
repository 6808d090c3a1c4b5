/* words.ts: small words shared by the pages about homes. */
import { choiceLabel as anyChoice, stateLabel as anyState } from "@/shared/meta";

export const choiceLabel = anyChoice;
export const stateLabel = anyState;
/* Only states that say something about a home are shown. */
export const hasState = (state: string | null | undefined): boolean => !!state && state !== "active";

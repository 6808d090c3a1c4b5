/* registers.ts: the times of day that a meter counts by, each in a register of its own. */
import { t } from "@/shared/i18n";

export const REGISTERS = ["sharp", "peak", "flat", "valley"] as const;
export type Register = (typeof REGISTERS)[number];
export const registerName = (name: Register): string => t(`finance.register.${name}`);

const known = (numbers: unknown, name: Register): unknown => (numbers as Record<string, unknown> | null | undefined)?.[name];
/* Those of a meter or a price that are there, in the order of REGISTERS. */
export const registersIn = (...all: unknown[]): Register[] => REGISTERS.filter((name) => all.some((numbers) => known(numbers, name) !== undefined));
export const registerWords = (numbers: unknown): string => registersIn(numbers).map((name) => `${registerName(name)} ${String(known(numbers, name))}`).join(" · ");

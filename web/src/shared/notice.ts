/* notice.ts: a notice in its reader's language. */
import { language } from "./i18n";
import type { Rec } from "./types";

const text = (record: Rec, name: string): string => (typeof record[name] === "string" ? (record[name] as string) : "");
const either = (record: Rec, name: string): string => (language() === "en" && text(record, `${name}_en`)) || text(record, name);

export const noticeTitle = (record: Rec): string => either(record, "title");
export const noticeBody = (record: Rec): string => either(record, "body");

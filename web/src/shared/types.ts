/* types.ts: the words of the server's API (docs: the contract), as far as the client reads them.
 * Everything that may be absent is optional: a page leaves out what the server did not send. */

/* What went wrong, from the server's problem+json; made by the client itself when there was no answer (`status` 0). */
export interface Problem {
    status: number;
    code: string;
    title: string;
    detail?: string;
    fields?: FieldProblem[];
    state?: string;
    retryAfter?: number;
}
export interface FieldProblem {
    field: string;
    code: string;
    message: string;
}

/* The outcome of every request. Nothing throws: an answer is looked at, not caught. */
export type Result<T> = { ok: true; value: T; etag: string | null; location: string | null } | { ok: false; problem: Problem };

export interface Choice {
    value: string;
    label: string;
}
export interface Field {
    name: string;
    label: string;
    type: string;
    required?: boolean;
    to?: string;
    choices?: Choice[];
    min?: number;
    max?: number;
    masked?: boolean;
    read_only?: boolean;
    suggestions?: Choice[]; /* words that are offered; others may be written */
}
export type Ask = Field;

export interface Offer {
    name: string;
    label: string;
    asks?: Ask[];
    undo?: string;
}
export interface StateName {
    name: string;
    label: string;
    ended?: boolean;
    paused?: boolean;
}
export interface ActionMeta extends Offer {
    from?: string[] | string;
    to?: string;
}
export interface Resource {
    name: string;
    label: string;
    prefix?: string | null; /* of its numbers */
    fields: Field[];
    states?: StateName[];
    actions?: ActionMeta[];
    limits?: { name: string; label?: string }[];
    first_action?: string; /* how a record begins */
    first_label?: string;
}

/* `{"id","label",…}`: what `include=` adds beside a reference. */
export interface Label {
    id: string;
    label?: string;
    [more: string]: unknown;
}

export interface Clock {
    limit?: string | null;
    started_at?: string | null;
    due_at?: string | null;
    paused_at?: string | null;
    done_at?: string | null;
    state: "running" | "over" | "paused" | "met" | "missed" | "none";
    percent?: number | null;
}

/* Any record. Known members are typed, the rest is the declaration's. */
export interface Rec {
    id: string;
    no?: string | null;
    state?: string | null;
    created_at?: string;
    updated_at?: string;
    archived_at?: string | null;
    actions?: Offer[];
    clock?: Clock | null;
    next_due_at?: string | null;
    next_limit?: string | null;
    [field: string]: unknown;
}

export interface Page<T = Rec> {
    items: T[];
    next: string | null;
    count?: number;
}

export interface Event {
    id: string;
    at: string;
    device_at?: string | null;
    clock_skew?: boolean;
    actor_?: { id?: string; label?: string; name?: string } | null;
    actor?: string | { id?: string; name?: string; label?: string } | null;
    action: string;
    from?: string | null;
    to?: string | null;
    place?: unknown;
    note?: string | null;
    changes?: Record<string, [unknown, unknown]>;
    resource?: string;
    record?: string;
    no?: string;
}

export interface Change {
    resource: string;
    id: string;
    action: string;
    state?: string | null;
    at: string;
}

export interface FigureRow {
    key: string;
    label: string;
    n: number;
    value: number | null;
    low: number | null;
    high: number | null;
    of?: number | null; /* of a rate: how many it is taken of */
    filter?: Record<string, unknown>;
}
export interface Figures {
    rows: FigureRow[];
    method?: string;
}

export interface Hit {
    resource: string;
    id: string;
    label: string;
    no?: string | null;
    detail?: string | null;
}

export interface Role {
    role: string;
    scope?: string | null;
}
export interface Me {
    user: { id: string; login: string; name: string; must_change_password?: boolean; totp?: boolean };
    party?: string | null;
    org?: string | null;
    roles: Role[];
    may?: Record<string, unknown>;
    project?: { id?: string; name?: string; code?: string } | null;
    must_change_password?: boolean;
    totp?: boolean;
}

/* One end of `GET …/links`: what this record names (`to`) or is named by (`from`), in the words of the naming field. */
export interface Linked {
    resource: string;
    id: string;
    no: string | null;
    title: string;
    state: string | null;
    kind: string;
    label: string;
    way: "to" | "from";
}

export interface StoredFile {
    id: string;
    name: string;
    type: string;
    size: number;
    sha256?: string;
}
export interface Job<T = unknown> {
    id?: string;
    state: "queued" | "running" | "done" | "failed" | "cancelled";
    progress?: { done: number; total: number } | null;
    result?: T | null;
}

/* One line of how a charge or a late fee was reckoned. */
export interface FeeLine {
    text: string;
    amount_fen: number;
    from?: string;
    to?: string;
    rounded_from?: string;
    rounding?: string;
}
/* What a home owes on a day: the answer of houses/ID/due. */
export interface Due {
    house: { id: string; no: string };
    on: string;
    items: DueItem[];
    open_fen: number;
    overdue_fen: number;
    late_fen: number;
    total_fen: number;
    prepay_fen: number;
    late_first: boolean; /* of one due day late fees are paid before the charges (a rule) */
}
export interface DueItem {
    id: string;
    title: string;
    item: string;
    state: string;
    period_from: string | null;
    period_to: string | null;
    due_date: string | null;
    quantity: string | null;
    unit_price: string | null;
    amount_fen: number;
    open_fen: number;
    late_fen: number;
    late_of: string | null;
    ahead: boolean; /* months ahead, at this price if it is paid by its day */
    disputed: boolean;
    lines: FeeLine[];
    late_lines: FeeLine[];
}

/* turn.ts: the browser's own turn, between two pieces of long work. */
export const otherwise = (): Promise<void> => new Promise((done) => { setTimeout(done); });

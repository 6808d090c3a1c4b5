/* pool.ts: how many accepted repairs wait to be taken; shown on the engineer's tab. */
import { ref } from "vue";

export const pooled = ref(0);

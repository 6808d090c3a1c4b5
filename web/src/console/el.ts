/* el.ts: the few parts of Element Plus that are used, each with its own styles. Only forms need them, so a page that shows
 * no form does not load this. */
export { ElOption, ElSelect } from "element-plus/es/components/select/index.mjs";
import "element-plus/es/components/option/style/css.mjs";
import "element-plus/es/components/select/style/css.mjs";

/* client.mjs: the client's own modules in Node, as they are written: types are stripped, "@/…" and "./…" are found below web/src. */
import fs from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from './world.mjs';

const src = path.join(root, 'web/src');
registerHooks({
  resolve(what, context, next) {
    const own = what.startsWith('@/') ? path.join(src, what.slice(2))
      : /^\.\.?\//.test(what) && context.parentURL?.startsWith(pathToFileURL(src).href) ? path.resolve(path.dirname(fileURLToPath(context.parentURL)), what) : null;
    return own && fs.existsSync(`${own}.ts`) ? next(pathToFileURL(`${own}.ts`).href, context) : next(what, context);
  },
});

export const clientModule = (name) => import(pathToFileURL(path.join(src, `${name}.ts`)).href);

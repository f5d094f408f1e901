// Has ES modules import from the folders of NODE_PATH too, as AWS' runtimes do from node 18 on; node itself asks those for
// CommonJS modules only. What is found without them stays: a function's own packages come before those of its layers.

import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const NOT_FOUND = 'ERR_MODULE_NOT_FOUND';
const isPackage = (specifier) => !/^(\.{0,2}\/|\.{1,2}$|#|[a-zA-Z][a-zA-Z0-9+.-]*:)/.test(specifier);

// A module that lies beside a folder of packages finds them as its own.
const places = (process.env.NODE_PATH ?? '')
  .split(path.delimiter)
  .filter((folder) => path.basename(folder) === 'node_modules' && fs.existsSync(folder))
  .map((folder) => pathToFileURL(path.join(path.dirname(folder), 'module.mjs')).href);

// Only where there is something to find: hooks may cost a thread of their own.
export function searchLayers() {
  if (places.length === 0) return;
  if (module.registerHooks) module.registerHooks({ resolve: resolveNow });
  else module.register?.(import.meta.url);
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    for (const parentURL of sought(specifier, error)) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch (other) {
        if (other?.code !== NOT_FOUND) throw other;
      }
    }
    throw error;
  }
}

function resolveNow(specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    for (const parentURL of sought(specifier, error)) {
      try {
        return next(specifier, { ...context, parentURL });
      } catch (other) {
        if (other?.code !== NOT_FOUND) throw other;
      }
    }
    throw error;
  }
}

const sought = (specifier, error) => (error?.code === NOT_FOUND && isPackage(specifier) ? places : []);

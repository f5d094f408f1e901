// Finds the handler that "folder/module.nested.name" names, as CommonJS or as an ES module, and tells which kind it is.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  MalformedStreamingHandler,
  UserCodeSyntaxError,
} from './errors.mjs';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_END_BYTES = 8;

const require = createRequire(import.meta.url);

export async function load(root, name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const folder = name.substring(0, name.indexOf(base));
  const parts = base.match(/^([^.]*)\.(.*)$/);
  if (parts === null) throw new MalformedHandlerName('Bad handler');
  const module = await loadModule(root, folder, parts[1]);
  const handler = parts[2].split('.').reduce((nested, key) => nested && nested[key], module);
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  if (handler[STREAMING] !== undefined && handler[STREAMING] !== 'response') {
    throw new MalformedStreamingHandler('Only response streaming is supported.');
  }
  return handler;
}

export const isStreaming = (handler) => handler[STREAMING] === 'response';

export function publishGlobals() {
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (options?.highWaterMark !== undefined) handler[HIGH_WATER_MARK] = parseInt(options.highWaterMark);
      return handler;
    },
    HttpResponseStream: class HttpResponseStream {
      // The metadata goes ahead of the first bytes; NUL bytes end it.
      static from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        const text = JSON.stringify(prelude);
        stream._onBeforeFirstWrite = (write) => {
          write(text);
          write(new Uint8Array(PRELUDE_END_BYTES));
        };
        return stream;
      }
    },
  };
}

async function loadModule(root, folder, name) {
  try {
    return await findModule(root, folder, name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(error);
    throw error;
  }
}

// Without an extension, then .js (whose kind package.json says), .mjs, .cjs; else as require finds it.
async function findModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  if (isFile(file)) return require(file);
  if (isFile(`${file}.js`)) {
    return isModuleFolder(path.dirname(file)) ? import(pathToFileURL(`${file}.js`)) : require(`${file}.js`);
  }
  if (isFile(`${file}.mjs`)) return import(pathToFileURL(`${file}.mjs`));
  if (isFile(`${file}.cjs`)) return require(`${file}.cjs`);
  return require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

const isFile = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

function isModuleFolder(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (isFile(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read: ${error.message}`);
      return false;
    }
  }
  return folder === path.dirname(folder) ? false : isModuleFolder(path.dirname(folder));
}

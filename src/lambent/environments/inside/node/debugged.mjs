// Has a function wait for a debugger before its code is loaded, so that breakpoints stand first; then all is as index.mjs has it.

import { open } from 'node:inspector';

const port = Number(process.env.LAMBENT_DEBUG_PORT);
console.log(`Lambent: waiting for a debugger at 127.0.0.1:${port}`);
open(port, '127.0.0.1', true);
await import('./index.mjs');

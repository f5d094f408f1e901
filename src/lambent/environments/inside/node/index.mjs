// The runtime client for node: loads the handler, asks the Runtime API for events, answers. What a function sees of it (its
// context, its log lines, its errors) is as AWS' own client for node has it.

import { Client } from './client.mjs';
import { callbacksFor, contextFor } from './context.mjs';
import { NodeJsExit, UnhandledPromiseRejection } from './errors.mjs';
import { isStreaming, load, publishGlobals } from './handler.mjs';
import { logError, patchConsole, setRequestId } from './logging.mjs';
import { searchLayers } from './node_path.mjs';

const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

patchConsole();
publishGlobals();
searchLayers();

const client = new Client(process.env.AWS_LAMBDA_RUNTIME_API);

// Where an error goes that nobody has caught: to INIT, later to the invocation.
let report = (error) => client.initError(error);
// What to do when nothing is left to do: a callback's answer may wait for that.
let whenIdle = () => {};

process.on('beforeExit', () => whenIdle());
process.on('uncaughtException', (error) => {
  logError('Uncaught Exception', error);
  leave(error, EXIT_UNCAUGHT_EXCEPTION);
});
process.on('unhandledRejection', (reason, promise) => {
  const error = new UnhandledPromiseRejection(reason, promise);
  logError('Unhandled Promise Rejection', error);
  leave(error, EXIT_UNHANDLED_REJECTION);
});

function leave(error, code) {
  report(error).finally(() => process.exit(code));
}

function setIdle(action) {
  whenIdle = action ?? (() => {});
}

async function serve(handler) {
  const { headers, body } = await client.next();
  const requestId = headers['lambda-runtime-aws-request-id'];
  setRequestId(requestId);
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  report = (error) => client.error(requestId, error);
  if (isStreaming(handler)) await serveStreaming(handler, requestId, headers, body);
  else serveBuffered(handler, requestId, headers, body);
}

function serveBuffered(handler, requestId, headers, body) {
  const goOn = () => again(handler);
  const outcome = {
    succeed: (result) => client.response(requestId, result).then(goOn),
    fail: (error) => {
      logError('Invoke Error', error);
      return client.error(requestId, error).then(goOn);
    },
  };
  const { callback, members } = callbacksFor(outcome, setIdle);
  const isAsync = handler.constructor.name === 'AsyncFunction';
  setIdle(() => {
    setIdle();
    if (isAsync) outcome.fail(new NodeJsExit());
    else outcome.succeed(null);
  });
  try {
    const result = handler(JSON.parse(body), contextFor(headers, members), callback);
    if (typeof result?.then === 'function') result.then(members.succeed, members.fail);
  } catch (error) {
    callback(error);
  }
}

async function serveStreaming(handler, requestId, headers, body) {
  const { stream, isAnswered, fail } = client.stream(requestId, handler);
  const { members } = callbacksFor({}, setIdle);
  setIdle(() => again(handler));
  const failed = (error) => {
    logError('Invoke Error', error);
    fail(error);
  };
  try {
    const context = contextFor(headers, members);
    for (const name of ['succeed', 'fail', 'done']) delete context[name]; // a stream is ended by its own means
    const result = handler(JSON.parse(body), stream, context);
    if (typeof result?.then !== 'function') {
      failed('Streaming does not support non-async handlers.');
    } else {
      const value = await result;
      if (value !== undefined) console.warn('Streaming handlers ignore return values.');
      if (!stream.writableEnded) failed('Response stream is not finished.');
    }
  } catch (error) {
    failed(error);
  }
  await isAnswered;
  setIdle();
  again(handler);
}

function again(handler) {
  setImmediate(() => {
    serve(handler).catch((error) => {
      logError('Uncaught Exception', error);
      leave(error, EXIT_UNCAUGHT_EXCEPTION);
    });
  });
}

try {
  again(await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER));
} catch (error) {
  logError('Uncaught Exception', error);
  leave(error, EXIT_UNCAUGHT_EXCEPTION);
}

// The console as functions on AWS have it: time, request id, level and message with tabs between, or one JSON object a line.
// Each record is one frame (type, length, time in microseconds, text), so that it stays one event however many lines it has.

import fs from 'node:fs';
import { format } from 'node:util';
import { formatted, intoError } from './errors.mjs';

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const FRAME_TEXT = 0xa55a0003;
const FRAME_JSON = 0xa55a0002;
const HEAD_BYTES = 16;
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');

const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
const pause = new Int32Array(new SharedArrayBuffer(4));

export function setRequestId(requestId) {
  globalThis[REQUEST_ID] = requestId;
}

export function logError(message, error) {
  if (isJson) console.error(intoError(error));
  else console.error(message, formatted(intoError(error)));
}

export function patchConsole() {
  const write = writer();
  const least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  for (const [level, rank] of Object.entries(LEVELS)) {
    const isHeard = rank >= least || level === 'FATAL';
    console[level.toLowerCase()] = isHeard ? (...parameters) => write(level, rank, parameters) : () => {};
  }
  console.log = console.info;
}

function writer() {
  const line = isJson ? jsonLine : textLine;
  const descriptor = process.env._LAMBDA_TELEMETRY_LOG_FD;
  if (descriptor === undefined) {
    return (level, _, parameters) => {
      process.stdout.write(line(new Date(), level, parameters).replace(/\n/g, '\r') + '\n');
    };
  }
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  return (level, rank, parameters) => {
    const time = new Date();
    const text = Buffer.from(line(time, level, parameters) + '\n');
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(((isJson ? FRAME_JSON : FRAME_TEXT) | (rank << 2)) >>> 0, 0);
    head.writeUInt32BE(text.length, 4);
    head.writeBigInt64BE(BigInt(time.valueOf()) * 1000n, 8);
    writeWhole(Number(descriptor), Buffer.concat([head, text]));
  };
}

// Node makes the pipe behind standard output one that does not block, and this descriptor is of the same pipe.
function writeWhole(descriptor, data) {
  for (let at = 0; at < data.length; ) {
    try {
      at += fs.writeSync(descriptor, data, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function textLine(time, level, parameters) {
  return `${time.toISOString()}\t${globalThis[REQUEST_ID]}\t${level}\t${format(...parameters)}`;
}

function jsonLine(time, level, parameters) {
  const record = { timestamp: time.toISOString(), level, requestId: globalThis[REQUEST_ID] };
  if (parameters.length === 1) {
    record.message = parameters[0];
    try {
      return JSON.stringify(record, (_, value) => (value instanceof Error ? errorMembers(value) : value));
    } catch {
      return JSON.stringify({ ...record, message: format(parameters[0]) });
    }
  }
  record.message = format(...parameters);
  const error = parameters.find((parameter) => parameter instanceof Error);
  if (error !== undefined) {
    record.errorType = error.constructor?.name ?? 'UnknownError';
    record.errorMessage = error.message;
    record.stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  }
  return JSON.stringify(record);
}

function errorMembers(error) {
  const stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : error.stack;
  return { errorType: error.constructor?.name ?? 'UnknownError', errorMessage: error.message, stackTrace, ...error };
}

// Requests to the Runtime API, over one connection that stays open.

import http from 'node:http';
import { Writable } from 'node:stream';
import { InvalidStreamingOperation, described, errorType } from './errors.mjs';

const PREFIX = '/2018-06-01/runtime/';
const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

export class Client {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #host;
  #port;

  constructor(address) {
    [this.#host, this.#port] = address.split(':');
  }

  next() {
    return this.#send('GET', 'invocation/next');
  }

  response(requestId, result) {
    let body;
    try {
      body = JSON.stringify(result === undefined ? null : result) ?? 'null';
    } catch {
      return this.error(requestId, new Error('Unable to stringify response body'));
    }
    return this.#send('POST', `invocation/${requestId}/response`, body);
  }

  error(requestId, error) {
    return this.#sendError(`invocation/${requestId}/error`, error);
  }

  initError(error) {
    return this.#sendError('init/error', error);
  }

  // An answer that goes out as it is written: the stream, a promise of the end, and a way to end it with an error.
  stream(requestId, handler) {
    let request;
    let contentType = 'application/octet-stream';
    let answered;
    const isAnswered = new Promise((resolve) => (answered = resolve));
    const open = () => {
      request ??= this.#request('POST', `invocation/${requestId}/response`, {
        'Content-Type': contentType,
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
        'Transfer-Encoding': 'chunked',
      })
        .on('response', (response) => response.resume().on('end', answered))
        .on('error', answered);
      return request;
    };
    const stream = new Writable({
      decodeStrings: true,
      ...(handler[HIGH_WATER_MARK] ? { highWaterMark: handler[HIGH_WATER_MARK] } : {}),
      write: (chunk, _, done) => {
        const isFirst = request === undefined;
        open();
        if (isFirst && stream._onBeforeFirstWrite) stream._onBeforeFirstWrite((piece) => request.write(piece));
        request.write(chunk, done);
      },
      final: (done) => {
        const isFirst = request === undefined;
        open();
        if (isFirst && stream._onBeforeFirstWrite) stream._onBeforeFirstWrite((piece) => request.write(piece));
        request.end(done);
      },
    });
    const write = stream.write.bind(stream);
    stream.write = (chunk, ...rest) => {
      const isData = typeof chunk === 'string' || Buffer.isBuffer(chunk) || chunk instanceof Uint8Array;
      return write(isData ? chunk : JSON.stringify(chunk), ...rest);
    };
    stream.setContentType = (type) => {
      if (request !== undefined) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
      contentType = type;
    };
    const fail = (error) => {
      const description = described(error);
      open().addTrailers({
        [ERROR_TYPE]: description.errorType,
        [ERROR_BODY]: Buffer.from(JSON.stringify(description)).toString('base64'),
      });
      request.end();
    };
    return { stream, isAnswered, fail };
  }

  #sendError(path, error) {
    const headers = { [ERROR_TYPE]: errorType(error) };
    return this.#send('POST', path, JSON.stringify(described(error)), headers);
  }

  #send(method, path, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
      const request = this.#request(method, path, { 'Content-Type': 'application/json', ...length, ...headers });
      request.on('error', reject);
      request.on('response', (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
      });
      request.end(body);
    });
  }

  #request(method, path, headers) {
    return http.request({ host: this.#host, port: this.#port, method, path: PREFIX + path, headers, agent: this.#agent });
  }
}

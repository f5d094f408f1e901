// Errors that the runtime itself raises, and what is told of any error: to the caller, and in the log.

import { types } from 'node:util';

const named = (name, Base = Error) => {
  const Class = { [name]: class extends Base {} }[name];
  Class.prototype.name = `Runtime.${name}`;
  return Class;
};

export const HandlerNotFound = named('HandlerNotFound');
export const ImportModuleError = named('ImportModuleError');
export const InvalidStreamingOperation = named('InvalidStreamingOperation');
export const MalformedHandlerName = named('MalformedHandlerName');
export const MalformedStreamingHandler = named('MalformedStreamingHandler');
export const UserCodeSyntaxError = named('UserCodeSyntaxError');

export class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}
UnhandledPromiseRejection.prototype.name = 'Runtime.UnhandledPromiseRejection';

export class NodeJsExit extends Error {
  constructor() {
    super(
      'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that ' +
        'was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    );
  }
}
NodeJsExit.prototype.name = 'Runtime.NodeJsExit';

const isErrorLike = (value) =>
  types.isNativeError(value) ||
  ['name', 'message', 'stack'].every((member) => typeof value?.[member] === 'string' && value[member]);

export function described(error) {
  try {
    if (isErrorLike(error)) {
      return { errorType: error.name, errorMessage: error.message, trace: error.stack.split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

// For a header: what cannot stand in one is left out.
export function errorType(error) {
  return described(error).errorType.replace(/[^\x20-\x7e]/g, '') || 'Error';
}

export const intoError = (error) => (error instanceof Error ? error : new Error(error));

// The text that follows "Invoke Error" in the log: it begins with a tab.
export function formatted(error) {
  try {
    return '\t' + JSON.stringify(error, (_, value) => withMembers(value));
  } catch {
    return '\t' + JSON.stringify(described(error));
  }
}

function withMembers(error) {
  if (!(error instanceof Error)) return error;
  const members = { errorType: error.name, errorMessage: error.message, code: error.code, ...error };
  if (typeof error.stack === 'string') members.stack = error.stack.split('\n');
  return members;
}

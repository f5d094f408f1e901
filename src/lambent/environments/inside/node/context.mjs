// The context object, and the ways to end an invocation that does not return a promise.

export function contextFor(headers, members) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return Object.assign(members, {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: read(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: read(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  });
}

function read(text, name) {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`Cannot parse ${name} as json: ${text}`);
  }
}

// The first call of any of them counts. The callback's answer waits for the event loop to be empty, unless the function has
// said otherwise; done, succeed and fail do not wait.
export function callbacksFor(outcome, setIdle) {
  let waitsForEmptyEventLoop = true;
  let isOver = false;
  const once = (action) => (...parameters) => {
    if (isOver) return;
    isOver = true;
    setIdle();
    action(...parameters);
  };
  const isError = (error) => error !== undefined && error !== null;
  const callback = once((error, result) => {
    if (isError(error)) outcome.fail(error);
    else if (!waitsForEmptyEventLoop) outcome.succeed(result);
    else {
      setIdle(() => {
        setIdle();
        setImmediate(() => outcome.succeed(result));
      });
    }
  });
  const members = {
    get callbackWaitsForEmptyEventLoop() {
      return waitsForEmptyEventLoop;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitsForEmptyEventLoop = value;
    },
    succeed: once((result) => outcome.succeed(result)),
    fail: once((error) => outcome.fail(isError(error) ? error : 'handled')),
    done: once((error, result) => (isError(error) ? outcome.fail(error) : outcome.succeed(result))),
  };
  return { callback, members };
}

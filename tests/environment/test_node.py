"""Functions of nodejs runtimes: how handlers are found and end, what is logged, which errors their callers get."""

import json
import shutil

import pytest
from msgspec import structs

from lambent.core import ids
from lambent.core.ports import Invocation

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")

FORMS = """
exports.callback = (event, context, callback) => {
  setTimeout(() => { exports.late = true; }, 20);
  if (event === 'soon') context.callbackWaitsForEmptyEventLoop = false;
  callback(null, 'called');
};
exports.late = false;
exports.waited = (event, context) => context.done(null, exports.late);
exports.silent = () => {};
exports.never = async () => new Promise(() => {});
exports.failing = async (event) => {
  console.log('several\\nlines %s', 'and a value', { a: 1 });
  if (event === 'text') throw 'only text';
  if (event === 'later') { setTimeout(() => { throw new RangeError('later'); }, 1); return new Promise(() => {}); }
  if (event === 'rejected') { Promise.reject(new Error('nobody')); return new Promise((r) => setTimeout(r, 500)); }
  const error = new TypeError('bad'); error.code = 'E1'; throw error;
};
exports.context = async (event, context) => ({
  ...context, left: context.getRemainingTimeInMillis() > 0, region: process.env.AWS_REGION, undefined: undefined,
});
exports.nested = { inner: { handler: async () => require('helper').name } };
exports.number = 3;
"""

LAYER = {"nodejs/node_modules/helper/index.js": "exports.name = 'from the layer';"}


def spec(house, code, **changes):
    changes.setdefault("handler", "index.handler")
    return house.spec({"index.js": code} if isinstance(code, str) else code, runtime="nodejs20.x", **changes)


def at(base, name):
    return structs.replace(base, key=ids.uuid4(), handler=f"index.{name}")


async def test_handlers_end_by_callback_promise_or_not_at_all(house):
    base = spec(house, FORMS, layers=[LAYER])
    assert await house.call(at(base, "callback"), "x") == "called"
    assert await house.call(at(base, "callback"), "soon") == "called"
    assert await house.call(at(base, "silent")) is None
    assert await house.call(at(base, "nested.inner.handler")) == "from the layer"
    assert (await house.fail(at(base, "never")))["errorType"] == "Runtime.NodeJsExit"


async def test_the_context_is_awss(house):
    context = await house.call(at(spec(house, FORMS), "context"), request_id="r1", client_context='{"custom": 1}')
    assert context == {
        "callbackWaitsForEmptyEventLoop": True,
        "functionVersion": "$LATEST",
        "functionName": "hello",
        "memoryLimitInMB": "256",
        "logGroupName": "/aws/lambda/hello",
        "logStreamName": context["logStreamName"],
        "clientContext": {"custom": 1},
        "invokedFunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:hello",
        "awsRequestId": "r1",
        "left": True,
        "region": "eu-central-1",
    }


async def test_errors_are_told_and_logged_as_awss_client_does(house):
    failing = at(spec(house, FORMS), "failing")
    error = await house.fail(failing, request_id="r1")
    assert (error["errorType"], error["errorMessage"], error["trace"][0]) == ("TypeError", "bad", "TypeError: bad")
    lines = house.sink.messages()
    assert any(line.endswith("\tr1\tINFO\tseveral\nlines and a value { a: 1 }\n") for line in lines)
    logged = next(line for line in lines if "\tr1\tERROR\tInvoke Error \t" in line)
    assert json.loads(logged.rpartition("\t")[2])["code"] == "E1"
    assert await house.fail(failing, "text") == {"errorType": "string", "errorMessage": "only text", "trace": []}
    assert (await house.fail(failing, "later"))["errorType"] == "RangeError"
    rejected = await house.fail(failing, "rejected")
    assert (rejected["errorType"], rejected["errorMessage"]) == ("Runtime.UnhandledPromiseRejection", "Error: nobody")
    assert (await house.fail(failing, "text"))["errorType"] == "string"


@pytest.mark.parametrize(
    ("files", "handler", "error_type", "message"),
    [
        ({"index.js": FORMS}, "index.missing", "Runtime.HandlerNotFound", "index.missing is undefined or not exported"),
        ({"index.js": FORMS}, "index.number", "Runtime.HandlerNotFound", "index.number is not a function"),
        (
            {"index.js": "exports.handler = ("},
            "index.handler",
            "Runtime.UserCodeSyntaxError",
            "SyntaxError: Unexpected end of input",
        ),
        (
            {"index.js": ""},
            "other.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'other'\nRequire stack:\n- ",
        ),
        ({"index.js": "throw new RangeError('no')"}, "index.handler", "RangeError", "no"),
    ],
    ids=["missing", "number", "syntax", "module", "throws"],
)
async def test_an_init_that_fails_says_why(house, files, handler, error_type, message):
    error = await house.fail(spec(house, files, handler=handler))
    assert error["errorType"] == error_type
    assert error["errorMessage"].startswith(message)


class Stream:
    def __init__(self) -> None:
        self.content_type = ""
        self.pieces: list[bytes] = []

    def begin(self, content_type: str) -> None:
        self.content_type = content_type

    async def write(self, data: bytes) -> None:
        self.pieces.append(data)


STREAMING = """
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
const { streamifyResponse, HttpResponseStream } = awslambda;
export const handler = streamifyResponse(async (event, stream, context) => {
  if (event === 'fail') { stream.write('begun'); throw new Error('in the middle'); }
  const body = HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } });
  await pipeline(Readable.from(['one ', 'two']), body);
});
"""


async def test_an_es_module_streams_its_answer(house):
    base = spec(house, {"index.mjs": STREAMING}, log_format="JSON", log_level_application="INFO")

    async def stream(event):
        stream = Stream()
        invocation = Invocation("r1", json.dumps(event).encode(), base.function_arn)
        return stream, await house.pool.invoke(base, invocation, stream)

    taken, outcome = await stream(1)
    assert outcome.function_error is None, outcome
    assert taken.content_type == "application/vnd.awslambda.http-integration-response"
    assert b"".join(taken.pieces) == b'{"statusCode":201,"headers":{"a":"b"}}' + bytes(8) + b"one two"
    taken, outcome = await stream("fail")
    assert (b"".join(taken.pieces), outcome.function_error) == (b"begun", "Unhandled")
    assert json.loads(outcome.payload)["errorMessage"] == "in the middle"
    records = [json.loads(line) for line in house.sink.messages() if '"level":"ERROR"' in line]
    assert records[0]["requestId"] == "r1"
    assert records[0]["message"]["errorMessage"] == "in the middle"

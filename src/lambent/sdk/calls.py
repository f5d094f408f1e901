"""Calls of one deployed function: its arguments on the way there, its answers, failures and pieces on the way back."""

import base64
import contextlib
import functools
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lambent.sdk import futures, large, values
from lambent.sdk.caller import ANSWER_S_MAX, Call, caller_of, error_code
from lambent.sdk.connections import Answer
from lambent.sdk.errors import Failure, exception_of
from lambent.sdk.futures import Future
from lambent.sdk.gates import Lane
from lambent.sdk.streams import STREAM_CONTEXT, Lines

if TYPE_CHECKING:
    from lambent.sdk.deploying import Deployment
    from lambent.sdk.functions import Function

_WAITED_FOR = {"x-amz-invocation-type": "RequestResponse", "x-amz-log-type": "Tail"}
_EVENT = {"x-amz-invocation-type": "Event"}


class Route:
    """The way to one deployed function, as the process' identity is at present."""

    def __init__(self, deployment: "Deployment", function: "Function[..., Any]") -> None:
        self._deployment, self._function = deployment, function
        self._target = deployment.target
        self._key = self._target.key
        self._caller = caller_of(self._target)
        self._path = f"/2015-03-31/functions/{quote(deployment.arn, safe='')}/invocations"

    @property
    def is_current(self) -> bool:
        return self._caller.is_alive and self._key == self._target.key

    # ---- calls -------------------------------------------------------------------------------------------------------------

    def invoke(self, value: Any, lane: Lane[Any] | None = None) -> Future[Any]:
        body = values.dumps(value)
        if len(body) > large.CALL_BYTES_MAX and self._knows_references:
            return self._through_s3(body, _WAITED_FOR, self._result, lane)
        return self._caller.submit(Call(self._path, _WAITED_FOR, body, self._result, lane=lane))

    def send(self, value: Any) -> Future[str]:
        body = values.dumps(value)
        if len(body) > large.EVENT_BYTES_MAX and self._knows_references:
            return self._through_s3(body, _EVENT, self._request_id)
        return self._caller.submit(Call(self._path, _EVENT, body, self._request_id))

    def stream(self, value: Any) -> Iterator[Any]:
        """Raises what the function raises, where in the stream it does."""
        body = values.dumps(value)
        if len(body) > large.CALL_BYTES_MAX and self._knows_references:
            body = values.dumps(self._store.put(body))
        client = self._deployment.client(read_timeout=ANSWER_S_MAX)
        answer = client.invoke_with_response_stream(
            FunctionName=self._deployment.arn, Payload=body, LogType="Tail", ClientContext=STREAM_CONTEXT
        )
        return self._pieces(answer)

    def _through_s3(
        self, body: bytes, headers: dict[str, str], read: Callable[[Answer], Any], lane: Lane[Any] | None = None
    ) -> Future[Any]:
        future: Future[Any] = Future()

        def put_and_call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                reference = self._store.put(body)
                forgetful = functools.partial(self._read_and_forget, reference, read) if headers is _WAITED_FOR else read
                self._caller.submit(Call(self._path, headers, values.dumps(reference), forgetful, future, lane))
            except Exception as error:  # noqa: BLE001 - whatever S3 answered is the call's outcome
                future.set_exception(error)

        futures.in_thread(put_and_call)
        return future

    @property
    def _store(self) -> large.Store:
        return large.Store(self._target, self._target.account)

    @property
    def _knows_references(self) -> bool:
        """Whether our own entry is what answers there."""
        return self._function.is_written_here

    # ---- answers -----------------------------------------------------------------------------------------------------------

    def _result(self, answer: Answer) -> Any:
        self._raise_for_refusal(answer)
        payload = values.loads(answer.body) if answer.body else None
        if "x-amz-function-error" in answer.headers:
            log = base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode(errors="replace")
            raise self._raised(payload, log, answer.headers.get("x-amzn-requestid", ""))
        if large.is_reference(answer.body):
            payload = values.revived(self._store.resolved(payload, is_last_use=True))
        return self._function.result_decoder.decode(payload)

    def _read_and_forget(self, reference: Any, read: Callable[[Answer], Any], answer: Answer) -> Any:
        try:
            return read(answer)
        finally:
            futures.in_thread(lambda: self._store.forget(reference))

    def _request_id(self, answer: Answer) -> str:
        self._raise_for_refusal(answer)
        return answer.headers.get("x-amzn-requestid", "")

    def _raised(self, payload: Any, log: str, request_id: str) -> Exception:
        failure = Failure.of(payload, log_tail=log, request_id=request_id, function=self._deployment.name)
        return exception_of(failure, self._function.namespace)

    def _raise_for_refusal(self, answer: Answer) -> None:
        """Lambda's own errors are raised as boto3 raises them."""
        if answer.status < 300:
            return
        try:
            members = json.loads(answer.body)
        except ValueError:
            members = None
        members = members if isinstance(members, dict) else {}
        code = error_code(answer) or str(members.get("__type") or members.get("code") or answer.status)
        message = str(members.get("message") or members.get("Message") or answer.body[:500].decode(errors="replace"))
        response = members | {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "RequestId": answer.headers.get("x-amzn-requestid", ""),
                "HTTPStatusCode": answer.status,
                "HTTPHeaders": answer.headers,
            },
        }
        raise self._deployment.client().exceptions.from_code(code)(response, "Invoke")

    def _pieces(self, answer: Any) -> Iterator[Any]:
        lines = Lines()
        request_id = answer["ResponseMetadata"]["RequestId"]
        with contextlib.closing(answer["EventStream"]) as events:
            for event in events:
                if "PayloadChunk" in event:
                    yield from map(self._piece, lines.feed(event["PayloadChunk"]["Payload"]))
                elif event.get("InvokeComplete", {}).get("ErrorCode"):
                    raise self._failure_of_stream(event["InvokeComplete"], request_id)
        if lines.are_pieces:
            return
        payload = values.loads(lines.rest) if lines.rest else None
        if large.is_reference(lines.rest):
            payload = values.revived(self._store.resolved(payload, is_last_use=True))
        if self._function.is_generator and isinstance(payload, list):
            yield from map(self._function.piece_decoder.decode, payload)  # from where nothing can be streamed
        else:
            yield self._function.result_decoder.decode(payload)

    def _piece(self, line: bytes) -> Any:
        return self._function.piece_decoder.decode(values.loads(line))

    def _failure_of_stream(self, complete: Any, request_id: str) -> Exception:
        details = complete.get("ErrorDetails") or ""
        try:
            payload = json.loads(details)
        except ValueError:
            payload = {"errorType": complete["ErrorCode"], "errorMessage": details}
        log = base64.b64decode(complete.get("LogResult") or "").decode(errors="replace")
        return self._raised(payload, log, request_id)

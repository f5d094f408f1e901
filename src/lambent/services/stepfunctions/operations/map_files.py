"""Reads the items of distributed Maps, from S3 or from the state's input, and writes their results to S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import Defect, ServiceError
from lambent.core.log import Log
from lambent.core.ports import Caller
from lambent.services.stepfunctions.engine import failures, map_items
from lambent.services.stepfunctions.engine import map_runs as map_runs_engine
from lambent.services.stepfunctions.engine.definition.distributed import LIST_OBJECTS, DistributedMap, Reader
from lambent.services.stepfunctions.engine.definition.views import View, json_of, value_of
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter import run as runs
from lambent.services.stepfunctions.engine.interpreter.distributed import READ_ITEMS, sight_of
from lambent.services.stepfunctions.engine.interpreter.loop import Happening, Returned
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.operations.apart import apart
from lambent.services.stepfunctions.tables import calls, executions, frames, map_runs
from lambent.services.stepfunctions.tables.calls import Queued
from lambent.services.stepfunctions.tables.map_runs import MapRunRow
from lambent.store.database import Database, Transaction

ITEMS_IN_ONE_WRITE = 1_000
BODY_BYTES_MAX = 512 * 1024 * 1024
FILE_ITEMS_MAX = 10_000
WRITER_FAILED = "States.ResultWriterFailed"

log = Log("stepfunctions")


class MapFiles:
    def __init__(self, *, store: Database, call: Caller, clock: Clock, revisions: Revisions) -> None:
        self._store = store
        self._call = call
        self._clock = clock
        self._revisions = revisions

    async def perform(self, context: Context, queued: Queued) -> Happening:
        call = queued.call
        try:
            if call.resource == READ_ITEMS:
                return Returned(call.frame, call.attempt, str(await self._read(context, queued)).encode())
            return Returned(call.frame, call.attempt, await self._write(context, queued), is_from_outside=True)
        except StateFailed as failed:
            return Returned(call.frame, call.attempt, failure=failed.failure)
        except ServiceError as error:
            name = map_items.failed("").failure.error if call.resource == READ_ITEMS else WRITER_FAILED
            return Returned(call.frame, call.attempt, failure=Failure(name, error.message))
        except Exception as error:  # noqa: BLE001 - a defect fails one Map; the execution must not wait for it for ever
            log.error("map.failed", error=error, resource=call.resource)
            return Returned(call.frame, call.attempt, failure=Failure(failures.RUNTIME, "The Map has failed."))

    # ---- reading -----------------------------------------------------------------------------------------------------

    async def _read(self, context: Context, queued: Queued) -> int:
        """Writes the inputs of the children that will be; returns how many they are."""
        state = await self._store.read(_state, self._revisions, queued)
        sight = sight_of(queued.call.parameters)
        view = sight.view(state, self._clock.now())
        items = await self._items(context, state, view)
        inputs = map_items.batched(state.batcher, view, map_items.selected(state, view, items))
        total = 0
        await self._store.write(_forget_items, queued)
        while chunk := await apart(self._clock, _next, inputs):
            await self._store.write(_put_items, queued, total, chunk)
            total += len(chunk)
        return total

    async def _items(self, context: Context, state: DistributedMap, view: View) -> Iterable[Any]:
        reader = state.reader
        # Expressions may take long, and the event loop is everybody's.
        if reader is None:
            return map_items.listed(await apart(self._clock, state.items, view))
        items = await self._from_s3(context, reader, await apart(self._clock, reader.parameters, view))
        if reader.items_max is None:
            return items
        return itertools.islice(items, await apart(self._clock, map_items.limit, view, reader.items_max, "MaxItems") or None)

    async def _from_s3(self, context: Context, reader: Reader, where: Any) -> Iterable[Any]:
        if not isinstance(where, dict) or not isinstance(where.get("Bucket"), str):
            raise map_items.failed("The ItemReader does not name a bucket.")
        if reader.resource == LIST_OBJECTS:
            return await self._listed(context, where)
        content = await self._object(context, where["Bucket"], str(where.get("Key") or ""))
        if reader.input_type != "MANIFEST":
            return await apart(self._clock, map_items.parse, reader, content)
        keys, names = map_items.manifest_files(content)
        found: list[Any] = []
        for key in keys:
            packed = await self._object(context, where["Bucket"], key)
            text = await apart(self._clock, map_items.unpacked, key, packed)
            found += map_items.rows(text, names, ",")
        return found

    async def _listed(self, context: Context, where: Mapping[str, Any]) -> list[Any]:
        found: list[Any] = []
        parameters = dict(where)
        while True:
            page = await self._call(context, "s3", "ListObjectsV2", parameters)
            found += [_listed_object(each) for each in page.get("Contents") or ()]
            if not page.get("NextContinuationToken"):
                return found
            parameters["ContinuationToken"] = page["NextContinuationToken"]

    async def _object(self, context: Context, bucket: str, key: str) -> bytes:
        reply = await self._call(context, "s3", "GetObject", {"Bucket": bucket, "Key": key})
        content: bytes = await whole(reply["Body"], bytes_max=BODY_BYTES_MAX)
        if len(content) > BODY_BYTES_MAX:
            raise map_items.failed(f"The object {key} is larger than {BODY_BYTES_MAX} bytes.")
        return content

    # ---- writing -----------------------------------------------------------------------------------------------------

    async def _write(self, context: Context, queued: Queued) -> bytes:
        """Returns what the Map comes to: where its results are."""
        given = value_of(queued.call.parameters)
        run = await self._store.read(map_runs.find, given["run"])
        if run is None:
            raise Defect("a map run that has results is there")
        bucket, prefix = str(given["to"].get("Bucket") or ""), str(given["to"].get("Prefix") or "")
        folder = "/".join(part for part in (prefix.strip("/"), run.uuid) if part)
        files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        written: dict[str, int] = {}
        for status in ("SUCCEEDED", "FAILED"):
            ended = await self._store.read(_told, run, status)
            written[status] = len(ended)
            told = _transformed(ended, given["as"][0], status)
            for number, first in enumerate(range(0, len(told), FILE_ITEMS_MAX)):
                part = told[first : first + FILE_ITEMS_MAX]
                is_lines = given["as"][1] == "JSONL"
                key = f"{folder}/{status}_{number}.{'jsonl' if is_lines else 'json'}"
                content = b"\n".join(map(json_of, part)) if is_lines else json_of(part)
                await self._put(context, bucket, key, content)
                files[status].append({"Key": key, "Size": len(content)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
        await self._put(context, bucket, f"{folder}/manifest.json", json_of(manifest))
        await self._store.write(map_runs.save_written, run.id, sum(written.values()))
        details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
        return json_of({"MapRunArn": run.arn, "ResultWriterDetails": details})

    async def _put(self, context: Context, bucket: str, key: str, content: bytes) -> None:
        await self._call(context, "s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": _stream(content)})


def _next(inputs: Iterator[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return list(itertools.islice(inputs, ITEMS_IN_ONE_WRITE))


def _forget_items(tx: Transaction, queued: Queued) -> None:
    """What was read before a crash."""
    _check_queued(tx, queued)
    map_runs.delete_items(tx, queued.execution, queued.call.frame)


def _put_items(tx: Transaction, queued: Queued, first: int, chunk: list[tuple[int, bytes]]) -> None:
    _check_queued(tx, queued)
    map_runs.put_items(tx, queued.scope, queued.execution, queued.call.frame, first, chunk)


def _check_queued(tx: Transaction, queued: Queued) -> None:
    """Raises StateFailed where the execution was stopped, perhaps to be redriven: then others read in the same place."""
    if not calls.is_queued(tx, queued.id):
        raise map_items.failed("The execution has ended.")


def _state(tx: Transaction, revisions: Revisions, queued: Queued) -> DistributedMap:
    row = executions.find(tx, queued.execution)
    frame = frames.find(tx, queued.execution, queued.call.frame)
    if row is None or frame is None:
        raise map_items.failed("The execution has ended.")
    definition = revisions.find(tx, row.scope, row.revision).definition
    state = definition.machines[frame.machine].states[frame.state]
    if not isinstance(state, DistributedMap):
        raise map_items.failed("The state has ended.")
    return state


def _listed_object(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Etag": found["ETag"],
        "Key": found["Key"],
        "LastModified": int(found["LastModified"].timestamp()),
        "Size": found["Size"],
        "StorageClass": found.get("StorageClass", "STANDARD"),
    }


def _told(tx: Transaction, run: MapRunRow, status: str) -> list[dict[str, Any]]:
    """The executions of a run that have ended so, as AWS writes them into files."""
    wanted = (runs.SUCCEEDED,) if status == runs.SUCCEEDED else (runs.FAILED, runs.TIMED_OUT, runs.ABORTED)
    found = []
    for row in reversed(executions.newest_of_map_run(tx, run.id, before=2**62, count_max=2**31)):
        if row.status not in wanted:
            continue
        told = {
            "ExecutionArn": row.execution.arn,
            "Input": executions.read_input(tx, row.id),
            "InputDetails": {"Included": True},
            "Name": row.execution.name,
            "StartDate": int(row.started_at * 1000),
            "StateMachineArn": row.execution.machine.arn,
            "Status": row.status,
            "StopDate": int((row.stopped_at or row.started_at) * 1000),
        }
        output = executions.read_output(tx, row.id)
        if output is not None:
            told |= {"Output": output, "OutputDetails": {"Included": True}}
        told |= {name: value for name, value in (("Error", row.error), ("Cause", row.cause)) if value is not None}
        found.append(told)
    return found


def _transformed(told: list[dict[str, Any]], transformation: str, status: str) -> list[Any]:
    """Outputs alone where they are wanted so; of what has failed all is told."""
    if transformation == "NONE" or status != runs.SUCCEEDED:
        return told
    outputs = [value_of(each["Output"]) for each in told]
    return map_runs_engine.flattened(outputs) if transformation == map_runs_engine.FLATTEN else outputs


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def whole(value: Any, *, bytes_max: int) -> Any:
    """A streamed body in one piece; of one that is longer than ``bytes_max`` just more than that, so that it can be told."""
    if not isinstance(value, AsyncIterator):
        return value
    gathered = bytearray()
    async for chunk in value:
        gathered += chunk[: bytes_max + 1 - len(gathered)]
    return bytes(gathered)

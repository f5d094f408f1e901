"""Files of distributed Maps: how much of one is read."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context, Scope
from lambent.services.stepfunctions.engine.failures import StateFailed
from lambent.services.stepfunctions.engine.interpreter.distributed import READ_ITEMS
from lambent.services.stepfunctions.engine.interpreter.run import Call
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.operations import map_files
from lambent.services.stepfunctions.operations.map_files import MapFiles, whole
from lambent.services.stepfunctions.tables import calls
from lambent.store.database import Transaction

SCOPE = Scope("111122223333", "us-east-1")
CONTEXT = Context(SCOPE.account, "us-east-1", "id", "", "")


async def chunks(*given: bytes) -> AsyncIterator[bytes]:
    for chunk in given:
        yield chunk


@pytest.mark.parametrize(("bytes_max", "expected"), [(6, b"abcdef"), (5, b"abcdef"), (3, b"abcd"), (2, b"abc")])
async def test_of_a_body_that_is_too_long_just_more_is_kept_than_may_be(bytes_max: int, expected: bytes) -> None:
    assert await whole(chunks(b"abc", b"def"), bytes_max=bytes_max) == expected


async def test_a_file_that_is_too_large_is_refused_and_not_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    async def call(*_: Any) -> Any:
        return {"Body": chunks(b"[1,", b"2]")}

    monkeypatch.setattr(map_files, "BODY_BYTES_MAX", 4)
    files = MapFiles(store=None, call=call, clock=VirtualClock(), revisions=Revisions())  # type: ignore[arg-type]
    with pytest.raises(StateFailed) as raised:
        await files._object(CONTEXT, "b", "k")
    assert raised.value.failure.error == "States.ItemReaderFailed"


def test_whoever_is_waited_for_no_longer_leaves_the_items_of_others_alone(transaction_of: Callable[[str], Transaction]) -> None:
    tx = transaction_of("stepfunctions")
    call = Call("", 5, 1, READ_ITEMS, b"", "", "", "")
    calls.insert(tx, SCOPE, 7, [call])
    (queued,) = calls.after(tx, "", 0, 10)
    map_files._put_items(tx, queued, 0, [(1, b"1"), (1, b"2")])
    calls.delete(tx, [queued.id])
    for late in (lambda: map_files._forget_items(tx, queued), lambda: map_files._put_items(tx, queued, 2, [(1, b"3")])):
        with pytest.raises(StateFailed):
            late()
    assert tx.all("SELECT input FROM stepfunctions_map_items ORDER BY idx", (), into=bytes) == [b"1", b"2"]

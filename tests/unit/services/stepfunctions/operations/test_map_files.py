"""Files of distributed Maps: how much of one is read."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lambent.core.clock import VirtualClock
from lambent.core.context import Context
from lambent.services.stepfunctions.engine.failures import StateFailed
from lambent.services.stepfunctions.engine.revisions import Revisions
from lambent.services.stepfunctions.operations import map_files
from lambent.services.stepfunctions.operations.map_files import MapFiles, whole

CONTEXT = Context("111122223333", "us-east-1", "id", "", "")


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

"""A consumer with a lease table, as the Kinesis Client Library keeps it, is killed and resumes from its checkpoint."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STREAM = "clicks"
COUNT = 200


@contextmanager
def worker(platform: Any, account: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """A running worker; it is killed with the block, if it has not ended."""
    command = [sys.executable, "-m", "tests.lease_worker", platform.url, account, STREAM, name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str], *, until_checkpoints: int | None = None) -> list[dict[str, str]]:
    """What a worker says until it has set so many checkpoints, or to its end."""
    lines: list[dict[str, str]] = []
    while until_checkpoints is None or sum("checkpoint" in line for line in lines) < until_checkpoints:
        text = process.stdout.readline() if process.stdout is not None else ""
        if not text:
            break
        lines.append(json.loads(text))
    return lines


def put(kinesis: Any, first: int, count: int) -> None:
    for at in range(first, first + count, 50):
        records = [{"Data": str(number).encode(), "PartitionKey": str(number % 7)} for number in range(at, at + 50)]
        assert kinesis.put_records(StreamName=STREAM, Records=records)["FailedRecordCount"] == 0


def test_a_killed_consumer_goes_on_behind_its_checkpoints_and_reads_parents_before_children(
    platform: Any, account: str, client: Any
) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    put(kinesis, 0, COUNT // 2)
    kinesis.split_shard(StreamName=STREAM, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
    put(kinesis, COUNT // 2, COUNT // 2)
    with worker(platform, account, "first") as process:
        before = said(process, until_checkpoints=4)
        process.kill()
        before += said(process)  # what it had said before it died
    with worker(platform, account, "second") as process:
        after = said(process)
        assert process.wait(30) == 0
    checkpoints = {line["shard"]: line["checkpoint"] for line in before if "checkpoint" in line}
    check_resumed(after, checkpoints)
    handled = [line for line in (*before, *after) if "record" in line]
    assert {int(line["record"]) for line in handled} == set(range(COUNT))
    check_order(handled)


def check_resumed(after: list[dict[str, str]], checkpoints: dict[str, str]) -> None:
    """Nothing before a checkpoint is handled again."""
    assert checkpoints
    for line in after:
        if "record" in line and line["shard"] in checkpoints:
            checkpoint = checkpoints[line["shard"]]
            assert checkpoint != "SHARD_END"
            assert int(line["sequence"]) > int(checkpoint)


def check_order(handled: list[dict[str, str]]) -> None:
    """The records of a key are handled in the order in which they were put, but for those that are handled again."""
    for key in range(7):
        numbers = [int(line["record"]) for line in handled if int(line["record"]) % 7 == key]
        firsts = list(dict.fromkeys(numbers))
        assert firsts == sorted(firsts)

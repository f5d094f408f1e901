"""A crash around every commit of lambda: nothing acknowledged is lost, half-made or left over, zips included."""

import asyncio
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest
from tests.simulation import remains
from tests.unit.services.lambda_.operations.conftest import House, zipped

from lambent.core.context import Scope
from lambent.services.lambda_.tables import archives, async_events
from lambent.store.writer import CommitPoint

SCOPE = Scope("111111111111", "us-east-1")
COMMITS_MAX = 200


@dataclass
class Facts:
    """What has been acknowledged: versions and aliases by (function, qualifier), layers by ARN, events by request id."""

    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    layers: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    reserved: dict[str, int] = field(default_factory=dict)
    doomed: set[str] = field(default_factory=set)  # functions whose deletion was asked for
    deleted: set[str] = field(default_factory=set)

    def copied(self) -> "Facts":
        return Facts(**{each.name: getattr(self, each.name).copy() for each in fields(self)})


class Crash:
    """Keeps what the disk holds around one commit, and what was acknowledged and run by then."""

    def __init__(self, folder: Path, remains: Path, point: CommitPoint, commit: int) -> None:
        self.house = House(folder, probe=self.probe)
        self.facts = Facts()
        self.kept: Facts | None = None
        self.run_before: set[str] = set()
        self._remains = remains
        self._point = point
        self._commit = commit
        self._commits = 0

    def probe(self, point: CommitPoint) -> None:
        self._commits += point is CommitPoint.BEFORE
        if point is self._point and self._commits == self._commit and self.kept is None:
            self.kept = self.facts.copied()
            self.run_before = {invocation.request_id for _, invocation in self.house.environments.invoked}
            remains.keep(self.house.folder, self._remains)


async def live(crash: Crash) -> None:
    """Two functions through all that can happen to them; one is deleted in the end."""
    house, facts = crash.house, crash.facts
    await house.start()
    layer = await house("publish_layer_version", LayerName="l", Content={"ZipFile": zipped("layer")})
    facts.layers.add(layer["LayerVersionArn"])
    for name in ("one", "two"):
        told = await house.create(name, Publish=True, Layers=[layer["LayerVersionArn"]])
        facts.versions[name, "1"] = told["CodeSha256"]
        await house("create_alias", FunctionName=name, Name="live", FunctionVersion="1")
        facts.aliases[name, "live"] = "1"
        await house.send(f"{name}-first", name)
        facts.events.add(f"{name}-first")
        told = await house("update_function_code", FunctionName=name, ZipFile=zipped(f"{name}-new"), Publish=True)
        facts.versions[name, "2"] = told["CodeSha256"]
        await house.settle()
        await house("update_alias", FunctionName=name, Name="live", FunctionVersion="2")
        facts.aliases[name, "live"] = "2"
        await house("put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=3)
        facts.reserved[name] = 3
        await house.send(f"{name}-second", name)
        facts.events.add(f"{name}-second")
    facts.doomed.add("one")
    await house("delete_function", FunctionName="one")
    facts.deleted.add("one")
    await house.settle()
    await house.stop()


async def check(folder: Path, facts: Facts, run_before: set[str]) -> None:
    house = House(folder)
    await house.start()
    await house.settle()
    functions = {each["FunctionName"] for each in (await house("list_functions"))["Functions"]}
    assert facts.deleted.isdisjoint(functions)
    named = {name for name, _ in facts.versions}
    assert named - facts.doomed <= functions
    for name in functions:
        told = await house("get_function_configuration", FunctionName=name)
        assert (told["State"], told["LastUpdateStatus"]) == ("Active", "Successful")
    for (name, version), digest in facts.versions.items():
        if name in functions:
            told = await house("get_function_configuration", FunctionName=name, Qualifier=version)
            assert (told["CodeSha256"], told["State"]) == (digest, "Active")
    for (name, alias), version in facts.aliases.items():
        if name in functions:
            told = await house("get_alias", FunctionName=name, Name=alias)
            assert int(told["FunctionVersion"]) >= int(version)
    for arn in facts.layers:
        assert (await house("get_layer_version_by_arn", Arn=arn))["LayerVersionArn"] == arn
    for name, reserved in facts.reserved.items():
        if name in functions:
            told = await house("get_function_concurrency", FunctionName=name)
            assert told["ReservedConcurrentExecutions"] == reserved
    await check_events(house, facts, functions, run_before)
    await check_zips(house)
    await house.stop()


async def check_events(house: House, facts: Facts, functions: set[str], run_before: set[str]) -> None:
    await house.clock.advance(600)
    ran = run_before | {invocation.request_id for _, invocation in house.environments.invoked}
    assert {event for event in facts.events if event.partition("-")[0] in functions} <= ran
    assert await house.store.read(async_events.count_events, SCOPE) == 0


async def check_zips(house: House) -> None:
    """Every zip that a row names is there, and no other."""
    await house.service.archives.sweep()
    used = await house.store.read(archives.list_used)
    assert {path.name for path in (house.folder / "blobs" / "lambda").glob("??/*")} == used


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_what_was_acknowledged_or_leaves_anything_half_made(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        folder = tmp_path / str(commit)
        crash = Crash(folder, tmp_path / f"{commit}+", point, commit)
        asyncio.run(live(crash))
        if crash.kept is None:
            assert commit > 20
            return
        asyncio.run(check(tmp_path / f"{commit}+", crash.kept, crash.run_before))
    raise AssertionError(f"more than {COMMITS_MAX} commits")

"""What the environments of one key are made from, and those that there are."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lambent.core.clock import Clock
from lambent.core.ports import EnvironmentSpec
from lambent.environments.environment import Environment
from lambent.environments.event_queue import EventQueue
from lambent.environments.log_lines import JsonLines, Lines, TextLines
from lambent.environments.machine import processors
from lambent.environments.programs import Program
from lambent.environments.traits import Traits
from lambent.environments.turns import Turns
from lambent.environments.zygotes import Kind, Template


@dataclass(slots=True, eq=False)
class Plan:
    """Those that invocations of one key get."""

    traits: Traits
    kind: Kind
    task: Path
    opt: Path | None
    program: Program | None  # None: a process is forked
    folders: frozenset[Path]  # that are held for it
    source: Path | None = None  # the folder that it is served from, as it really is
    source_version: int = 0  # of that folder, when it was last seen to be as it was
    hidden: str = ""  # a folder below it that is not for functions
    turns: Turns[Environment] = field(init=False)
    users: int = 0  # invocations and provisionings under way, for which the folders stay
    idle: list[Environment] = field(default_factory=list)  # most recently used last
    busy: set[Environment] = field(default_factory=set)
    is_retired: bool = False
    provisioned: int = 0  # how many initialised environments are asked for
    provision_failure: str = ""
    arriving: set[asyncio.Task[None]] = field(default_factory=set)  # that each add one of those, which is not in busy yet
    original: Environment | None = None  # that was initialised so that the others are its copies
    template: Template | None = None  # what it has become
    init_failure: str = ""  # the type of the error with which that INIT ended

    def __post_init__(self) -> None:
        self.turns = Turns(processors(), looks_ahead=EventQueue.IS_POSSIBLE and self.program is None)

    def all(self) -> Iterator[Environment]:
        yield from self.idle
        yield from self.busy


def lines_of(spec: EnvironmentSpec, clock: Clock) -> Lines:
    if spec.log_format != "JSON":
        return TextLines(spec.version, spec.runtime, spec.runtime_version_arn, now=clock.now)
    return JsonLines(
        spec.version,
        spec.runtime,
        spec.runtime_version_arn,
        now=clock.now,
        level=spec.log_level_system,
    )

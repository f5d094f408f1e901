"""From what a function is (``EnvironmentSpec``) to what its environments have in common (``Plan``)."""

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from lambent.core.clock import Clock
from lambent.core.ports import EnvironmentSpec, FolderUnavailable, Interceptor, LogSink, NotDebugged, RuntimeUnavailable
from lambent.core.source_folders import FolderRefused, SourceFolders
from lambent.environments import flavour, programs, users
from lambent.environments.code import Code
from lambent.environments.flavour import FolderFlavour
from lambent.environments.folder_changes import FolderChanges
from lambent.environments.languages import NOTHING, Ground, Languages
from lambent.environments.nursery import own_interpreter
from lambent.environments.plans import Plan, lines_of
from lambent.environments.traits import Traits
from lambent.environments.zygotes import Kind

_FOR_OTHERS = stat.S_IROTH | stat.S_IXOTH


class Source(Struct, frozen=True):
    """A folder that a function is served from: as it really is, its version, and what of it functions may not see."""

    folder: Path
    version: int
    hidden: str = ""


class Planner:
    """Unpacks code, finds runtimes, and says what a zygote must be like."""

    def __init__(
        self,
        *,
        code: Code,
        code_folder: Path,
        languages: Languages,
        changes: FolderChanges,
        source_folders: SourceFolders,
        log_sink: LogSink,
        clock_of: Callable[[str], Clock],
        interceptor: Interceptor | None,
    ) -> None:
        self._code = code
        self._code_folder = code_folder
        self._languages = languages
        self._changes = changes
        self._source_folders = source_folders
        self._sink = log_sink
        self._clock_of = clock_of
        self._interceptor = interceptor
        self._flavours: dict[Path, FolderFlavour] = {}

    async def plan(self, spec: EnvironmentSpec, *, is_isolated: bool) -> Plan:
        """Raises RuntimeUnavailable, FolderUnavailable, NotDebugged, BadArchive."""
        source = await self.source(spec) if spec.folder is not None else None
        if source is not None and is_isolated:
            _check_readable(spec.runtime, source.folder)
        if spec.image is not None:
            ground = NOTHING
            folders = self._code.hold_image(spec.image)
        else:
            ground = await self._languages.ground(spec.runtime)
            folders = self._code.hold(None if source is not None else spec.code, spec.layers)
        try:
            return await self._plan_of(spec, ground, folders, source, is_isolated=is_isolated)
        except BaseException:
            await asyncio.shield(self._code.release(folders))
            raise

    async def source(self, spec: EnvironmentSpec) -> Source:
        """The folder as it is now. Raises FolderUnavailable."""
        assert spec.folder is not None
        try:
            real = self._source_folders.checked(spec.folder)
            version = await self._changes.version(spec.folder)
        except FolderRefused as refused:
            raise FolderUnavailable(spec.runtime, str(refused)) from refused
        except OSError as error:
            raise FolderUnavailable(spec.runtime, f"The folder {spec.folder} cannot be read: {error.strerror}.") from error
        hidden = self._source_folders.hidden
        is_within = hidden is not None and hidden.is_relative_to(real)
        return Source(real, version, str(hidden.relative_to(real)) if hidden is not None and is_within else "")

    async def is_current(self, plan: Plan) -> bool:
        """Whether the folder that it is served from is as it was when the plan was made."""
        try:
            source = await self.source(plan.traits.spec)
        except FolderUnavailable:
            return False
        return (source.folder, source.version) == (plan.source, plan.source_version)

    async def _plan_of(
        self, spec: EnvironmentSpec, ground: Ground, folders: frozenset[Path], source: Source | None, *, is_isolated: bool
    ) -> Plan:
        opt = await self._code.opt_dir(spec.layers) if spec.layers else None
        if spec.image is not None:
            if not is_isolated:
                raise RuntimeUnavailable("Container images", "they need a sandbox, which this machine does not allow")
            task, opt = await self._code.image_dir(spec.image), None
            program = programs.program(spec, (), task, task / "opt")
        else:
            task = source.folder if source is not None else await self._code.task_dir(spec.code)
            program = programs.program(spec, ground.command(spec, is_isolated=is_isolated), task, opt)
        if spec.debug_port:
            _check_debugged(spec, program)
        has_host = source is not None and is_isolated
        if program is not None:
            kind = self._program_kind(ground, is_isolated=is_isolated, has_host=has_host)
        else:
            assert ground.interpreter is not None, "only a Python is forked"
            assert ground.folder is not None
            has_sdk = await self._wants_sdk(spec, task, opt)
            kind = Kind(
                ground.interpreter,
                ground.folder,
                self._code_folder,
                has_sdk=has_sdk,
                is_isolated=is_isolated,
                has_host=has_host,
            )
        clock = self._clock_of(spec.account)
        plan = Plan(
            Traits(spec, lines_of(spec, clock), self._sink, clock, self._interceptor), kind, task, opt, program, folders
        )
        if source is not None:
            plan.source, plan.source_version, plan.hidden = source.folder, source.version, source.hidden
        return plan

    def _program_kind(self, ground: Ground, *, is_isolated: bool, has_host: bool) -> Kind:
        """The zygote below programs is the platform's own Python; the function's, if it has one, stands at /var/lang."""
        nothing = self._code_folder / "nothing"
        nothing.mkdir(exist_ok=True)
        return Kind(
            own_interpreter(),
            ground.folder or nothing,
            self._code_folder,
            has_sdk=False,
            is_isolated=is_isolated,
            is_bare=True,
            language=ground.prefix or nothing,
            shown=ground.shown,
            has_host=has_host,
        )

    async def _wants_sdk(self, spec: EnvironmentSpec, task: Path, opt: Path | None) -> bool:
        if await self._code.bundles_sdk(None if spec.folder is not None else spec.code, spec.layers):
            return False
        if spec.folder is None:
            return await asyncio.to_thread(flavour.mentions_sdk, [task, opt] if opt else [task])
        in_layers = opt is not None and await asyncio.to_thread(flavour.mentions_sdk, [opt])
        known = self._flavours.get(spec.folder)
        changed = self._changes.take_changed(spec.folder)
        if known is None or not known.update(task, changed):
            known = self._flavours[spec.folder] = await asyncio.to_thread(FolderFlavour.of, task)
        return not known.bundles_sdk and (known.mentions_sdk or in_layers)

    def forget(self, folder: Path) -> None:
        """Nothing is served from the folder any more."""
        self._changes.forget(folder)
        self._flavours.pop(folder, None)


def _check_debugged(spec: EnvironmentSpec, program: programs.Program | None) -> None:
    """Who waits for a debugger that cannot come is told. Raises NotDebugged."""
    if programs.is_custom(spec.runtime):
        raise NotDebugged(
            spec.runtime,
            f"Functions of {spec.runtime} are not debugged from here, for they bring their own runtime. Have the program "
            "wait for a debugger of its language, and take away the variable LAMBENT_DEBUG_PORT (--debug).",
        )
    if program is not None and spec.runtime.startswith("python"):
        raise NotDebugged(
            spec.runtime,
            "A Python function that runs as a program of its own is not debugged: take away AWS_LAMBDA_EXEC_WRAPPER, "
            "extensions and libraries (lib*.so, LD_LIBRARY_PATH), or the variable LAMBENT_DEBUG_PORT (--debug).",
        )


def _check_readable(runtime: str, folder: Path) -> None:
    """Where environments are users of their own they see what others see. Raises FolderUnavailable."""
    if users.can_change() and folder.stat().st_mode & _FOR_OTHERS != _FOR_OTHERS:
        raise FolderUnavailable(
            runtime,
            f"The folder {folder} is closed to other users, and functions run as others here, because the platform is root's. "
            f"Open it: chmod -R o+rX {folder}",
        )

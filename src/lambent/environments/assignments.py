"""What a process is told so that it becomes an environment: its variables and credentials, its folders, its limits."""

import json
from collections.abc import Callable

from msgspec.structs import replace

from lambent.core.clock import Work
from lambent.core.ports import Sessions
from lambent.core.sessions import Credentials, session_arn
from lambent.environments import programs, variables
from lambent.environments.cgroups import Cgroup
from lambent.environments.environment import Environment
from lambent.environments.extensions import FunctionFacts
from lambent.environments.inside import frames
from lambent.environments.plans import Plan
from lambent.environments.process import RuntimeProcess
from lambent.environments.program_process import ProgramProcess, Start


class Assignments:
    """``know``: told whose requests are those that are signed with an environment's key."""

    def __init__(self, *, sessions: Sessions, endpoint_url: str, know: Callable[[Environment, Work | None], None]) -> None:
        self._sessions = sessions
        self._endpoint_url = endpoint_url
        self._know = know

    def make(self, plan: Plan, environment: Environment, process: RuntimeProcess, cgroup: Cgroup | None) -> bytes:
        """The ASSIGN frame for this process of the environment; a program is told what it starts with besides."""
        spec, kind = plan.traits.spec, plan.kind
        process.live_by(environment.now)
        environment.shared_mb = 0 if kind.is_bare else process.zygote.rss_kb // 1024
        if cgroup is not None:
            cgroup.limit(memory_mb=spec.memory_mb, ephemeral_storage_mb=spec.ephemeral_storage_mb)
        if kind.is_isolated:
            task, opt, runtime = variables.TASK_FOLDER, variables.OPT_FOLDER, variables.RUNTIME_FOLDER
        else:
            task, opt, runtime = str(plan.task), str(plan.opt or ""), str(kind.runtime_folder)
        own = variables.variables(
            replace(spec, initialization_type=environment.initialization_type),
            stream=environment.stream,
            credentials=self._credentials(environment),
            endpoint_url=self._endpoint_url,
            task=task,
            runtime=runtime,
            runtime_api=process.listen() if isinstance(process, ProgramProcess) else "",
            expiration=environment.told_expiration,
        )
        # Without a cgroup the address space is all that can be limited: wider, for it counts what is merely reserved. Other
        # runtimes reserve far more than they use.
        address_space_mb = 0 if cgroup is not None or kind.is_bare else spec.memory_mb + environment.shared_mb + 256
        if isinstance(process, ProgramProcess):
            process.begin(self._start(plan, environment, own, task=task, opt=opt))
        return assignment(
            variables={} if kind.is_bare else own,
            handler=spec.handler,
            folder=task if spec.image is None else spec.image.working_folder,
            path=variables.import_path(kind.interpreter, task=task, opt=opt, runtime=runtime),
            task=str(plan.task.relative_to(kind.code_folder)) if spec.image is None and plan.source is None else "",
            source=str(plan.source or ""),
            hidden=plan.hidden,
            debug_port=spec.debug_port,
            image=str(plan.task.relative_to(kind.code_folder)) if spec.image is not None else "",
            opt=str(plan.opt.relative_to(kind.code_folder)) if plan.opt else "",
            tmp_mb=spec.ephemeral_storage_mb,
            user_id=environment.user_id,
            address_space_bytes=address_space_mb * 1024 * 1024,
            is_isolated=kind.is_isolated,
            shift_s=environment.take_shift(),
            is_template=environment.is_template,
        )

    def _start(self, plan: Plan, environment: Environment, own: dict[str, str], *, task: str, opt: str) -> Start:
        assert plan.program is not None
        spec, program = plan.traits.spec, plan.program
        if not plan.kind.is_isolated:
            own = {name: programs.relocated(value, task=task, opt=opt) for name, value in own.items()}
            program = program.relocated(task=task, opt=opt)
        return Start(
            program,
            own,
            f"{opt}/extensions",
            FunctionFacts(spec.function_name, spec.version, spec.handler, spec.account),
            plan.traits.lines,
            environment.initialization_type,
            environment.user_id if plan.kind.is_isolated else 0,
        )

    def _credentials(self, environment: Environment) -> Credentials | None:
        spec = environment.spec
        role = spec.role_arn.rpartition("/")[2]
        if not role:
            return None
        credentials = self._sessions.issue(
            account=spec.account,
            principal_arn=session_arn(spec.account, role, spec.function_name),
            principal_id=f"AROA{role.upper()}:{spec.function_name}",
            expires_at=environment.expires_at,
        )
        work = environment.work
        self._know(environment, None)
        environment.access_key_id = credentials.access_key_id
        self._know(environment, work)
        return credentials


def assignment(
    *,
    variables: dict[str, str],
    handler: str,
    folder: str,
    path: list[str],
    task: str,
    opt: str,
    image: str = "",
    source: str = "",
    hidden: str = "",
    debug_port: int = 0,
    tmp_mb: int,
    user_id: int,
    address_space_bytes: int,
    is_isolated: bool,
    shift_s: float = 0.0,
    is_template: bool = False,
) -> bytes:
    """The ASSIGN frame: all that a forked child has to know to become a function's runtime."""
    body = {
        "variables": variables,
        "handler": handler,
        "folder": folder,
        "path": path,
        "mounts": {"task": task, "opt": opt, "image": image, "tmp_mb": tmp_mb, "folder": source, "hidden": hidden},
        "limits": {"user_id": user_id, "address_space_bytes": address_space_bytes},
        "is_isolated": is_isolated,
        "shift_s": shift_s,
        "is_template": is_template,
        "debug_port": debug_port,
        "is_from_source": bool(source),
    }
    return frames.pack(frames.ASSIGN, json.dumps(body).encode())

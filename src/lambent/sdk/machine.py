"""The state machine that a pipeline has become: planned, created or updated, and asked for executions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from lambent.sdk import machine_roles, names, states
from lambent.sdk.failures import DeployError, code_of, in_words
from lambent.sdk.plan import Action, Difference

if TYPE_CHECKING:
    from lambent.sdk.clients import Target
    from lambent.sdk.deploying import Deployment
    from lambent.sdk.executions import Execution
    from lambent.sdk.pipelines import Pipeline

B = TypeVar("B")

NAME_LENGTH_MAX = 80
INPUT_BYTES_MAX = 262_144
OWNER_TAG = "lambent:pipeline"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a pipeline's executions run."""

    name: str
    arn: str
    target: Target

    def client(self) -> Any:
        """The boto3 client of Step Functions there."""
        return self.target.client("stepfunctions")

    def start(self, value: Any, *, name: str | None, pipeline: Pipeline[Any, B]) -> Execution[B]:
        """With a ``name`` it is the execution of that name, also one that has ended, if its input was the same.

        Raises ValueError for more than Step Functions takes.
        """
        from lambent.sdk.executions import Execution
        from lambent.sdk.values import dumps

        text = dumps(value)
        if len(text) > INPUT_BYTES_MAX:
            advice = "hand over where it stands, an S3 key say, and let the first function fetch it"
            raise ValueError(
                f"{pipeline.name}: Step Functions takes {INPUT_BYTES_MAX:,} bytes, these are {len(text):,}; {advice}"
            )
        named = {} if name is None else {"name": name}
        try:
            started = self.client().start_execution(stateMachineArn=self.arn, input=text.decode(), **named)
        except Exception as error:
            if code_of(error) != "ExecutionAlreadyExists":
                raise
            # AWS answers with the execution of that name and input while it runs, and refuses once it has ended.
            arn = f"{self.unqualified_arn.replace(':stateMachine:', ':execution:')}:{name}"
            if json.loads(self.client().describe_execution(executionArn=arn)["input"]) != json.loads(text):
                raise
            return Execution(arn, self.target, pipeline)
        return Execution(str(started["executionArn"]), self.target, pipeline)

    @property
    def unqualified_arn(self) -> str:
        """Without the version or alias."""
        return ":".join(self.arn.split(":")[:7])


def machine_at(name_or_arn: str, **where: str | None) -> Machine:
    """One that is deployed already. ``where``: region, endpoint_url, profile."""
    from lambent.sdk.clients import Target

    is_arn = name_or_arn.startswith("arn:")
    if is_arn and ":stateMachine:" not in name_or_arn:
        raise ValueError(f"{name_or_arn} is not the ARN of a state machine")
    region = where.pop("region", None) or (name_or_arn.split(":")[3] if is_arn else None)
    target = Target.of(region=region, **where)
    return Machine(
        name_or_arn.split(":")[6] if is_arn else name_or_arn, name_or_arn if is_arn else _arn(target, name_or_arn), target
    )


def _arn(target: Target, name: str) -> str:
    return f"arn:{target.partition}:states:{target.region}:{target.account}:stateMachine:{name}"


# ---- names -------------------------------------------------------------------------------------------------------------------


def name_of(pipeline: Pipeline[Any, Any]) -> str:
    """The variable that holds it, with its module, so that it keeps its name when its steps change; else made of its steps."""
    for function in pipeline.functions:
        for variable, value in function.namespace.items():
            if value is pipeline:
                module = names.module_name(str(function.namespace["__name__"]))
                return names.safe(f"{module}-{variable}", NAME_LENGTH_MAX)
    return names.safe("-".join(step.title for step in pipeline.steps) or "pipeline", NAME_LENGTH_MAX)


# ---- deploying ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedMachine:
    """See ``plan.Planned``."""

    pipeline: Pipeline[Any, Any]
    machine: Machine
    definition: dict[str, Any]
    functions: tuple[str, ...]
    action: Action
    differences: Sequence[Difference] = ()
    notes: Sequence[str] = ()
    kind: str = "state machine"

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def arn(self) -> str:
        """Empty where it is not there yet."""
        return self.machine.arn if self.action != "create" or self.pipeline.machine == self.machine else ""

    def apply(self) -> Pipeline[Any, Any]:
        with in_words(self.name):
            if self.action != "unchanged":
                self._made()
        return self.pipeline.bind(self.machine)

    def _made(self) -> None:
        client, text = self.machine.client(), json.dumps(self.definition, ensure_ascii=False)
        role = machine_roles.ensured(self.machine, self.functions, given=self.pipeline.role)
        if self.action == "create":
            tags = [{"key": OWNER_TAG, "value": "1"}]
            machine_roles.when_known(
                lambda: client.create_state_machine(name=self.name, definition=text, roleArn=role, tags=tags)
            )
        else:
            machine_roles.when_known(
                lambda: client.update_state_machine(stateMachineArn=self.machine.arn, definition=text, roleArn=role)
            )


def plan(pipeline: Pipeline[Any, Any], target: Target, functions: Mapping[str, Deployment]) -> PlannedMachine:
    """Compares with what is there. Raises NoStateMachine, DeployError."""
    name = pipeline.name
    try:
        definition = states.definition(pipeline, functions)
    except states.NoStateMachine as error:
        raise states.NoStateMachine(f"{name}: {error}") from None
    machine = Machine(name, _arn(target, name), target)
    places = {functions.get(each.name) or each.deployment for each in pipeline.functions}
    arns = tuple(sorted(target.function_arn(place.arn) for place in places if place is not None))
    with in_words(name):
        found = _described(machine)
    if found is None:
        after = f"{len(definition['States'])} states, {len(arns)} functions"
        return PlannedMachine(pipeline, machine, definition, arns, "create", (Difference("definition", None, after),))
    _refuse_foreign(machine, "replaced")
    differences = [
        *_definition_differences(json.loads(found["definition"]), definition),
        *_role_difference(found, machine, pipeline),
    ]
    action: Action = "update" if differences else "unchanged"
    return PlannedMachine(pipeline, machine, definition, arns, action, tuple(differences))


def _described(machine: Machine) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = machine.client().describe_state_machine(stateMachineArn=machine.arn)
    except Exception as error:
        if code_of(error) == "StateMachineDoesNotExist":
            return None
        raise
    return None if found["status"] == "DELETING" else found


def _refuse_foreign(machine: Machine, what: str) -> None:
    with in_words(machine.name):
        tags = machine.client().list_tags_for_resource(resourceArn=machine.arn)["tags"]
    if not any(tag["key"] == OWNER_TAG for tag in tags):
        raise DeployError(
            f"there is a state machine {machine.name} that this SDK did not make, so it is not {what}",
            "Give the pipeline another name: pipeline.named(…).",
        )


def _definition_differences(before: Any, after: Any) -> Iterable[Difference]:
    if before == after:
        return
    old, new = before.get("States", {}), after["States"]
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            told = "changed" if name in old else "new"
            yield Difference(f"state {name}", old[name]["Type"] if name in old else None, told if name in new else None)
    if old == new:
        yield Difference("definition", "as deployed before", "as the steps say")


def _role_difference(found: Mapping[str, Any], machine: Machine, pipeline: Pipeline[Any, Any]) -> Iterable[Difference]:
    now, then = str(found["roleArn"]).rpartition("/")[2], machine_roles.name_of(machine, pipeline.role)
    if now != then:
        yield Difference("role", now, then)


@dataclass(frozen=True, slots=True)
class PlannedDeletion:
    """See ``plan.Planned``."""

    pipeline: Pipeline[Any, Any]
    machine: Machine
    kind: str = "state machine"
    action: Action = "delete"
    differences: Sequence[Difference] = ()
    notes: Sequence[str] = ()

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def arn(self) -> str:
        return self.machine.arn

    def apply(self) -> Pipeline[Any, Any]:
        with in_words(self.name):
            self.machine.client().delete_state_machine(stateMachineArn=self.machine.arn)
            if self.pipeline.role is None:
                machine_roles.delete(self.machine)
        return self.pipeline.bind(None)


def plan_deletion(pipeline: Pipeline[Any, Any], target: Target) -> PlannedDeletion | None:
    """None where it is not there. Raises DeployError where it is not this SDK's."""
    machine = Machine(pipeline.name, _arn(target, pipeline.name), target)
    with in_words(machine.name):
        if _described(machine) is None:
            pipeline.bind(None)
            return None
    _refuse_foreign(machine, "deleted")
    return PlannedDeletion(pipeline, machine)

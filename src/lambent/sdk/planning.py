"""Plans one function: asks what is there, and knows what has to be done about the differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambent.sdk import roles, wanted
from lambent.sdk.applying import Lambda
from lambent.sdk.clients import Target
from lambent.sdk.deploying import Deployment
from lambent.sdk.failures import DeployError, code_of, in_words
from lambent.sdk.plan import Action, Difference
from lambent.sdk.settings import Settings, SettingsError
from lambent.sdk.sources import NotPackable
from lambent.sdk.wanted import OWNER_TAG, SETTINGS_TAG, Destinations, Found, Wanted

if TYPE_CHECKING:
    from lambent.sdk.functions import Function


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done about a function that is there."""

    members: frozenset[str] = frozenset()  # of UpdateFunctionConfiguration
    is_code: bool = False
    is_tags: bool = False
    is_role: bool = False
    is_concurrency: bool = False
    destinations_before: Destinations | None = None  # None: they stay
    is_waiting: bool = False  # another deploy of it is under way


@dataclass(frozen=True, slots=True)
class PlannedFunction:
    """One function of a plan."""

    function: Function[..., Any]
    wanted: Wanted
    target: Target
    action: Action
    differences: tuple[Difference, ...]
    work: Work = field(default_factory=Work)
    arn: str = ""  # without a version; empty where it is not there yet
    kind: str = "function"

    @property
    def name(self) -> str:
        return self.wanted.name

    @property
    def notes(self) -> Sequence[str]:
        foreign = self.wanted.foreign
        if not foreign or self.wanted.settings.layers:  # a layer may hold anything
            return ()
        return (f"imports {', '.join(foreign)}, which is neither local nor in requirements: what needs it will fail there",)

    def apply(self) -> Function[..., Any]:
        """Raises DeployError."""
        with in_words(self.name):
            arn = self._applied(Lambda(self.wanted, self.target))
        target = self.target
        return self.function.bind(Deployment(self.name, arn, target.region, target.endpoint_url, target.profile))

    def _applied(self, there: Lambda) -> str:
        work = self.work
        arn = self.arn
        if self.action == "create":
            arn = str(there.create()["FunctionArn"])
        if work.is_waiting:
            there.wait()
        if work.is_role and "Role" not in work.members:
            there.renew_role()
        # The settings first: code may need what they give, and hardly ever the other way round.
        if work.members:
            there.update_configuration(set(work.members))
        if work.is_code:
            there.update_code()
        if work.is_concurrency:
            there.set_concurrency()
        if work.destinations_before is not None:
            there.set_destinations(was_default=work.destinations_before.is_default)
        if work.is_tags:
            there.set_tags(arn)
        return there.published(arn) if self.wanted.is_published else arn


@dataclass(frozen=True, slots=True)
class PlannedDeletion:
    """One function that is to go, with the role that only it has."""

    function: Function[..., Any]
    name: str
    target: Target
    action: Action = "delete"
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = "function"

    def apply(self) -> Function[..., Any]:
        with in_words(self.name):
            try:
                self.target.client("lambda").delete_function(FunctionName=self.name)
            except Exception as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
            roles.delete_own(self.name, self.target)
        return self.function.bind(None)


class Planner:
    """Plans the functions of one deploy, which may be destinations of one another."""

    def __init__(
        self, target: Target, settings: Mapping[Function[..., Any], Settings], *, is_adopting: bool, is_fresh: bool
    ) -> None:
        self._target = target
        self._settings = settings
        self._is_adopting = is_adopting
        self._is_fresh = is_fresh
        self._refuse_equal_names()

    def plan(self, function: Function[..., Any]) -> PlannedFunction:
        """Asks what is there: one question where nothing has changed. Raises DeployError, SettingsError."""
        try:
            wants = wanted.wanted(
                function, self._settings[function], self._target, arn_of=self._arn_of, is_fresh=self._is_fresh
            )
        except NotPackable as error:
            raise DeployError(f"{function.name}: {error}") from error
        with in_words(wants.name):
            found = _found(self._target, wants.name)
            if found is None:
                return PlannedFunction(function, wants, self._target, "create", wanted.summary(wants))
            self._refuse_foreign(wants, found)
            differences, work = self._compared(wants, found)
        arn = str(found["Configuration"]["FunctionArn"])
        action: Action = "unchanged" if work in (Work(), Work(is_waiting=True)) else "update"
        return PlannedFunction(function, wants, self._target, action, differences, work, arn)

    def place(self, function: Function[..., Any]) -> Deployment:
        """Where the function is, or will be."""
        name = self._name(function)
        target = self._target
        arn = target.function_arn(name)
        alias = self._settings[function].alias
        return Deployment(name, f"{arn}:{alias}" if alias else arn, target.region, target.endpoint_url, target.profile)

    def stages(self, planned: Sequence[PlannedFunction]) -> list[tuple[PlannedFunction, ...]]:
        """Destinations first: Lambda wants them to be there."""
        named = {
            id(target) for each in planned for target in (each.wanted.settings.on_failure, each.wanted.settings.on_success)
        }
        first = tuple(each for each in planned if id(each.function) in named)
        return [first, tuple(each for each in planned if id(each.function) not in named)]

    def _compared(self, wants: Wanted, found: Found) -> tuple[tuple[Difference, ...], Work]:
        changes = list(wanted.configuration_differences(wants, found))
        code = list(wanted.code_differences(wants, found))
        tags = list(wanted.tag_differences(wants, found))
        concurrency = list(wanted.concurrency_difference(wants, found))
        now = found["Configuration"]
        if "Failed" in (now.get("State"), now.get("LastUpdateStatus")):
            code.append(Difference("state", "Failed", "Active"))  # the same code again makes Lambda try again
        is_waiting = now.get("State") == "Pending" or now.get("LastUpdateStatus") == "InProgress"
        members = {member for member, _ in changes}
        roles_differ = list(_role_difference(wants, now["Role"]))
        if roles_differ:
            members.add("Role")
        destinations: list[Difference] = []
        before = None
        is_hidden_other = (found.get("Tags") or {}).get(SETTINGS_TAG) != wants.settings_tag
        if is_hidden_other:
            there = _destinations(self._target, wants.name)
            destinations = list(wanted.destination_differences(wants.destinations, there))
            before = there if destinations else None
        shown = [difference for _, difference in changes]
        if is_hidden_other and not (destinations or roles_differ) and wants.settings.role is None:
            destinations = [Difference("policies", "as deployed before", "as the settings say")]
        return (*code, *shown, *roles_differ, *destinations, *concurrency, *tags), Work(
            frozenset(members),
            is_code=bool(code),
            is_tags=bool(tags) or is_hidden_other,
            is_role=is_hidden_other,
            is_concurrency=bool(concurrency),
            destinations_before=before,
            is_waiting=is_waiting,
        )

    def _arn_of(self, destination: Any, setting: str) -> str:
        if isinstance(destination, str):
            return destination
        deployment = getattr(destination, "deployment", None)
        if destination in self._settings:
            return self.place(destination).arn
        if deployment is None:
            raise SettingsError(f"{setting}: {destination!r} is neither an ARN nor a function of this SDK")
        return self._target.function_arn(str(deployment.arn))

    def _name(self, function: Function[..., Any]) -> str:
        return self._settings[function].name or function.name

    def _refuse_equal_names(self) -> None:
        names = [self._name(each) for each in self._settings]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise DeployError(f"two functions are named {double}", "Give one of them another name: @function(name=…).")

    def _refuse_foreign(self, wants: Wanted, found: Found) -> None:
        if OWNER_TAG not in (found.get("Tags") or {}) and not self._is_adopting:
            raise DeployError(
                f"there is a function {wants.name} that this SDK did not make",
                "Give yours another name with @function(name=…), or replace that one with adopt=True (--adopt).",
            )


def planned_deletion(function: Function[..., Any], target: Target) -> PlannedDeletion | None:
    """None where it is not there. Raises DeployError where it is not this SDK's."""
    name = function.settings.name or function.name
    with in_words(name):
        found = _found(target, name)
    if found is None:
        function.bind(None)
        return None
    if OWNER_TAG not in (found.get("Tags") or {}):
        raise DeployError(f"the function {name} was not made by this SDK, so it is not deleted by it", "")
    return PlannedDeletion(function, name, target)


def _role_difference(wants: Wanted, now: str) -> Iterator[Difference]:
    given = wants.settings.role
    then = given if given is not None and given.startswith("arn:") else roles.name_of(wants)
    if then not in (now, now.rpartition("/")[2]):
        yield Difference("role", now.rpartition("/")[2], then)


def _found(target: Target, name: str) -> Found | None:
    try:
        found: Found = target.client("lambda").get_function(FunctionName=name)
    except Exception as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    return found


def _destinations(target: Target, name: str) -> Destinations:
    try:
        return Destinations.found(target.client("lambda").get_function_event_invoke_config(FunctionName=name))
    except Exception as error:
        if code_of(error) == "ResourceNotFoundException":
            return Destinations(None, None, None, None)
        raise

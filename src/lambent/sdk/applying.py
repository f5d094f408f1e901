"""Makes one function what it is to be: created or updated, waited for, with retries of what AWS answers too early."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lambent.sdk import buckets, roles
from lambent.sdk.clients import Target
from lambent.sdk.failures import DeployError, code_of, words_of
from lambent.sdk.packing import DIRECT_BYTES_MAX
from lambent.sdk.wanted import SETTINGS_TAG, Wanted

READY_S_MAX = 300.0  # the first function of a runtime may wait for the runtime to be installed
_WAIT_S_MIN, _WAIT_S_MAX = 0.004, 1.0

# What Lambda says while a role, or its policy, has not reached it.
_TOO_EARLY = (
    "cannot be assumed by lambda",
    "does not have permissions to call",
    "kms key is invalid",
    "execution role permissions",
)

T = TypeVar("T")
_pause_s = time.sleep


class Lambda:
    """One function of one target."""

    def __init__(self, wanted: Wanted, target: Target) -> None:
        self._wanted = wanted
        self._target = target
        self._client = target.client("lambda")
        self._role = roles.Role("")

    def create(self) -> Mapping[str, Any]:
        """Creates it, and returns its configuration when it is active."""
        wanted = self._wanted
        self._role = roles.ensured(wanted, self._target)
        is_whole = wanted.destinations.is_default and wanted.settings.concurrency is None
        # Which settings are there is written last, so that a deploy that was cut short is finished by the next.
        tags = wanted.tags | ({SETTINGS_TAG: wanted.settings_tag} if is_whole else {})
        members = {name: value for name, value in wanted.configuration.items() if value not in ({}, [], "")}
        members |= {"Code": self._code(), "Architectures": [wanted.architecture], "Role": self._role.arn, "Tags": tags}
        try:
            created = self._when_role_is_known(lambda: self._client.create_function(FunctionName=wanted.name, **members))
        except Exception as error:
            if code_of(error) == "ResourceConflictException":
                raise DeployError(f"{wanted.name} has been made by another deploy meanwhile", "Deploy again.") from error
            raise
        configuration = self._until_ready(created)
        if not is_whole:
            self.set_concurrency()
            self.set_destinations(was_default=True)
            self.set_tags(configuration["FunctionArn"])
        return configuration

    def update_code(self) -> Mapping[str, Any]:
        code = self._code()
        architectures = [self._wanted.architecture]
        answer = self._when_free(
            lambda: self._client.update_function_code(FunctionName=self._wanted.name, Architectures=architectures, **code)
        )
        return self._until_ready(answer)

    def update_configuration(self, members: set[str]) -> Mapping[str, Any]:
        """``members`` of UpdateFunctionConfiguration, with the role where it is one of them."""
        changes = {name: value for name, value in self._wanted.configuration.items() if name in members}
        if "DeadLetterConfig" in members and not changes["DeadLetterConfig"]:
            changes["DeadLetterConfig"] = {"TargetArn": ""}
        if "Role" in members:
            self._role = roles.ensured(self._wanted, self._target)
            changes["Role"] = self._role.arn
        answer = self._when_role_is_known(
            lambda: self._client.update_function_configuration(FunctionName=self._wanted.name, **changes)
        )
        return self._until_ready(answer)

    def renew_role(self) -> None:
        """Lets the role allow what the settings now ask for."""
        self._role = roles.ensured(self._wanted, self._target)

    def set_concurrency(self) -> None:
        name, wanted = self._wanted.name, self._wanted.settings.concurrency
        if wanted is None:
            self._client.delete_function_concurrency(FunctionName=name)
        else:
            self._client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=wanted)

    def set_destinations(self, *, was_default: bool) -> None:
        name, destinations = self._wanted.name, self._wanted.destinations
        if not destinations.is_default:
            parameters = destinations.parameters()
            self._when_role_is_known(lambda: self._client.put_function_event_invoke_config(FunctionName=name, **parameters))
        elif not was_default:
            self._client.delete_function_event_invoke_config(FunctionName=name)

    def set_tags(self, arn: str) -> None:
        self._client.tag_resource(Resource=arn, Tags=self._wanted.tags | {SETTINGS_TAG: self._wanted.settings_tag})

    def published(self, arn: str) -> str:
        """The ARN of the version of what is there now, or of the alias that points to it. No version is made twice."""
        published = self._when_free(lambda: self._client.publish_version(FunctionName=self._wanted.name))
        version = str(self._until_ready(published, version=published["Version"])["Version"])
        alias = self._wanted.settings.alias
        if alias is None:
            return f"{arn}:{version}"
        names = {"FunctionName": self._wanted.name, "Name": alias}
        try:
            found = self._client.get_alias(**names)
        except Exception as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            self._client.create_alias(**names, FunctionVersion=version)
        else:
            if found["FunctionVersion"] != version:
                self._client.update_alias(**names, FunctionVersion=version)
        return f"{arn}:{alias}"

    def _code(self) -> dict[str, Any]:
        package = self._wanted.package
        if len(package.content) <= DIRECT_BYTES_MAX:
            return {"ZipFile": package.content}
        return dict(buckets.uploaded(package, self._target, self._target.account))

    def wait(self) -> None:
        """Until what another deploy has begun is done."""
        self._until_ready({"State": "Pending"})

    def _until_ready(self, answer: Mapping[str, Any], *, version: str = "") -> Mapping[str, Any]:
        """Waits while Lambda is still at it. Raises DeployError where it did not succeed."""
        deadline = time.monotonic() + READY_S_MAX
        wait_s = _WAIT_S_MIN
        names = {"FunctionName": self._wanted.name} | ({"Qualifier": version} if version else {})
        while answer.get("State") == "Pending" or answer.get("LastUpdateStatus") == "InProgress":
            if time.monotonic() > deadline:
                raise DeployError(f"{self._wanted.name} was not ready within {READY_S_MAX:.0f} s")
            _pause_s(wait_s)
            wait_s = min(wait_s * 1.5, _WAIT_S_MAX)
            answer = self._client.get_function_configuration(**names)
        if answer.get("State") == "Failed":
            raise DeployError(f"{self._wanted.name} cannot run: {answer.get('StateReason', 'no reason was given')}")
        if answer.get("LastUpdateStatus") == "Failed":
            raise DeployError(
                f"{self._wanted.name} was not updated: {answer.get('LastUpdateStatusReason', 'no reason was given')}"
            )
        return answer

    def _when_role_is_known(self, ask: Callable[[], T]) -> T:
        """Asks again while AWS does not know the role yet: roles spread through AWS in seconds, not at once."""

        def is_early(error: Exception) -> bool:
            if code_of(error) not in ("InvalidParameterValueException", "AccessDeniedException"):
                return False
            words = words_of(error).lower()
            return any(text in words for text in _TOO_EARLY) and (self._role.is_new or self._is_role_back())

        return again_while(is_early, lambda: self._when_free(ask), roles.SPREAD_S_MAX, wait_s=0.5, wait_s_max=5.0)

    def _is_role_back(self) -> bool:
        """Makes the role again that somebody has deleted since this process last looked."""
        if self._wanted.settings.role is not None:
            return False
        roles.forget(self._target)
        self._role = roles.ensured(self._wanted, self._target)
        return self._role.is_new

    def _when_free(self, ask: Callable[[], T]) -> T:
        """Asks again while another update of the function is under way."""

        def is_busy(error: Exception) -> bool:
            return code_of(error) == "ResourceConflictException" and "in progress" in words_of(error).lower()

        return again_while(is_busy, ask, READY_S_MAX, wait_s=0.1, wait_s_max=_WAIT_S_MAX)


def again_while(
    is_passing: Callable[[Exception], bool], ask: Callable[[], T], s_max: float, *, wait_s: float, wait_s_max: float
) -> T:
    """Asks until it is answered, or fails otherwise, or ``s_max`` seconds are over."""
    deadline = time.monotonic() + s_max
    while True:
        try:
            return ask()
        except Exception as error:
            if not is_passing(error) or time.monotonic() > deadline:
                raise
        _pause_s(wait_s)
        wait_s = min(wait_s * 1.5, wait_s_max)

"""Names of groups and schedules, and the ARNs that spell them."""

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope

DEFAULT_GROUP = "default"
_GROUP = "schedule-group/"


class GroupName(Struct, frozen=True):
    """Which group, whether it is there or not."""

    scope: Scope
    name: str = DEFAULT_GROUP

    @property
    def arn(self) -> str:
        return f"arn:aws:scheduler:{self.scope.region}:{self.scope.account}:{_GROUP}{self.name}"

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_GROUP


class ScheduleName(Struct, frozen=True):
    """Which schedule, whether it is there or not: unique in its group."""

    group: GroupName
    name: str

    @property
    def arn(self) -> str:
        scope = self.group.scope
        return f"arn:aws:scheduler:{scope.region}:{scope.account}:schedule/{self.group.name}/{self.name}"


def parse_group(text: str) -> GroupName | None:
    """The group whose ARN this is."""
    arn = Arn.parse(text)
    if arn is None or arn.service != "scheduler" or not arn.resource.startswith(_GROUP):
        return None
    return GroupName(Scope(arn.account, arn.region), arn.resource.removeprefix(_GROUP))

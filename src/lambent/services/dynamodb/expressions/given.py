"""The expressions of one request: its names and values, and what each parameter says with them."""

import re
from collections.abc import Mapping
from functools import lru_cache

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import values as attribute_values
from lambent.services.dynamodb.engine.values import AttributeValue, text_size
from lambent.services.dynamodb.expressions import conditions, paths
from lambent.services.dynamodb.expressions.binding import Binding
from lambent.services.dynamodb.expressions.condition_parser import parse_condition
from lambent.services.dynamodb.expressions.conditions import Condition
from lambent.services.dynamodb.expressions.key_conditions import KeyCondition, key_condition_of
from lambent.services.dynamodb.expressions.parser import parse_projection
from lambent.services.dynamodb.expressions.projections import Projection, projection_of
from lambent.services.dynamodb.expressions.update_parser import parse_update
from lambent.services.dynamodb.expressions.updates import Update

PLACEHOLDER_BYTES_MAX = 255
TEXTS_MAX = 1024
"""Of each kind of expression so many are kept parsed."""

_NAME = re.compile(r"#[A-Za-z0-9_]+")
_VALUE = re.compile(r":[A-Za-z0-9_]+")

_condition = lru_cache(TEXTS_MAX)(parse_condition)
_update = lru_cache(TEXTS_MAX)(parse_update)
_projection = lru_cache(TEXTS_MAX)(parse_projection)


class Expressions:
    """What a request gives: ExpressionAttributeNames and ExpressionAttributeValues, and the expressions that use them.

    Every method raises ValidationFailed with AWS' words; ``finish`` is called when all expressions were. ``is_older``: a bad
    value is refused in the older words, which tell for which key.
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, AttributeValue] | None = None,
        *,
        is_older: bool = False,
    ) -> None:
        self._binding = Binding(_checked_names(names), _checked_values(values, is_older=is_older))

    def condition(self, text: str) -> Condition:
        """ConditionExpression."""
        return self._condition_of("ConditionExpression", text)

    def filter(self, text: str) -> Condition:
        """FilterExpression."""
        return self._condition_of("FilterExpression", text)

    def _condition_of(self, kind: str, text: str) -> Condition:
        return conditions.compiled(self._binding.bound(kind).condition(_condition(kind, text)))

    def key_condition(self, text: str) -> KeyCondition:
        """KeyConditionExpression."""
        kind = "KeyConditionExpression"
        return key_condition_of(self._binding.bound(kind).condition(_condition(kind, text)))

    def projection(self, text: str) -> Projection:
        """ProjectionExpression."""
        kind = "ProjectionExpression"
        binder = self._binding.bound(kind)
        bound = [binder.path(path).elements for path in _projection(kind, text)]
        paths.check_apart(kind, bound)
        return projection_of(bound)

    def update(self, text: str) -> Update:
        """UpdateExpression."""
        kind = "UpdateExpression"
        binder = self._binding.bound(kind)
        actions = tuple(binder.action(action) for action in _update(kind, text))
        paths.check_apart(kind, (action.path.elements for action in actions))
        return Update(actions)

    def finish(self) -> None:
        """Raises errors.UnusedPlaceholders where no expression used a name or a value."""
        for parameter, unused in (
            ("ExpressionAttributeNames", self._binding.unused_names),
            ("ExpressionAttributeValues", self._binding.unused_values),
        ):
            if unused:
                raise errors.UnusedPlaceholders(parameter=parameter, keys=", ".join(unused))


def _checked_names(names: Mapping[str, str] | None) -> Mapping[str, str]:
    if names is None:
        return {}
    _check_placeholders("ExpressionAttributeNames", names, _NAME)
    for key, name in names.items():
        try:
            attribute_values.checked_name(name)
        except errors.ValidationFailed as failure:
            raise errors.InvalidPlaceholderName(problem=failure.message, key=key) from failure
    return names


def _checked_values(values: Mapping[str, AttributeValue] | None, *, is_older: bool) -> Mapping[str, AttributeValue]:
    if values is None:
        return {}
    _check_placeholders("ExpressionAttributeValues", values, _VALUE)
    checked = {}
    for key, value in values.items():
        try:
            checked[key] = attribute_values.checked(value)
        except errors.ValidationFailed as failure:
            if not is_older:
                raise
            raise errors.InvalidPlaceholderValue(problem=failure.older_message, key=key) from failure
    return checked


def _check_placeholders(parameter: str, placeholders: Mapping[str, object], pattern: re.Pattern[str]) -> None:
    if not placeholders:
        raise errors.EmptyPlaceholders(parameter=parameter)
    for key in placeholders:
        if not pattern.fullmatch(key):
            raise errors.InvalidPlaceholder(parameter=parameter, key=key)
        if text_size(key) > PLACEHOLDER_BYTES_MAX:
            raise errors.PlaceholderTooLong(parameter=parameter, key=key)

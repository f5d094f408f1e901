"""What a request asks with its expressions, or with the parameters that stood in their place before there were any."""

from collections.abc import Sequence

from lambent.core.ports import Parameters
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions import Condition, Expressions, KeyCondition, Projection, Update, legacy

_LEGACY = (
    "AttributesToGet",
    "AttributeUpdates",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)


_ANY = frozenset(_LEGACY) | {
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
}


_NOTHING: Parameters = {}
_UNUSED = Expressions()


class Asked:
    """The expressions of one request, or their predecessors. ``finish`` is called when all were read.

    ``takes`` are the expressions that the operation has; ``is_older``: see operations.layers. Every method raises
    ValidationFailed.
    """

    __slots__ = ("_given", "_parameters")

    def __init__(self, parameters: Parameters, *, takes: Sequence[str], is_older: bool = False) -> None:
        self._parameters, self._given = _NOTHING, _UNUSED
        if _ANY.isdisjoint(parameters):
            return  # most requests ask for nothing of this kind
        legacy.check_parameters(parameters, legacy=_LEGACY, expressions=takes)
        names, values = parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
        self._parameters = parameters
        self._given = Expressions(names=names, values=values, is_older=is_older)

    def condition(self) -> Condition | None:
        """ConditionExpression, or Expected."""
        text = self._parameters.get("ConditionExpression")
        if text is not None:
            return self._given.condition(text)
        given, operator = self._parameters.get("Expected"), self._parameters.get("ConditionalOperator")
        return legacy.condition(given, operator) if given is not None or operator is not None else None

    def filter(self, name: str) -> Condition | None:
        """FilterExpression, or its predecessor of this name."""
        text = self._parameters.get("FilterExpression")
        if text is not None:
            return self._given.filter(text)
        given, operator = self._parameters.get(name), self._parameters.get("ConditionalOperator")
        return legacy.filter(given, operator) if given is not None or operator is not None else None

    def update(self) -> Update | None:
        """UpdateExpression, or AttributeUpdates."""
        text = self._parameters.get("UpdateExpression")
        if text is not None:
            return self._given.update(text)
        given = self._parameters.get("AttributeUpdates")
        return legacy.update(given) if given is not None else None

    def key_condition(self) -> KeyCondition:
        """KeyConditionExpression, or KeyConditions."""
        text, given = self._parameters.get("KeyConditionExpression"), self._parameters.get("KeyConditions")
        if text is not None:
            return self._given.key_condition(text)
        if given is not None:
            return legacy.key_condition(given)
        raise errors.ValidationFailed(
            reason="Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )

    def projection(self) -> Projection | None:
        """ProjectionExpression, or AttributesToGet."""
        text = self._parameters.get("ProjectionExpression")
        if text is not None:
            return self._given.projection(text)
        given = self._parameters.get("AttributesToGet")
        return legacy.projection(given) if given is not None else None

    def finish(self) -> None:
        """Raises ValidationFailed for names and values that nothing has used."""
        if self._given is not _UNUSED:
            self._given.finish()

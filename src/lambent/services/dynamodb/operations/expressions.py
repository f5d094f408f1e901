"""What a request asks with its expressions, or with the parameters that stood in their place before there were any."""

from collections.abc import Sequence

from lambent.core.ports import Parameters
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions import Condition, Expressions, KeyCondition, Projection, Update

_EXPRESSIONS = (
    "ProjectionExpression",
    "FilterExpression",
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
)
_LEGACY = (
    "AttributesToGet",
    "AttributeUpdates",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)


class Asked:
    """The expressions of one request, or their predecessors. ``finish`` is called when all were read.

    Every method raises ValidationFailed. ``takes``: the expressions that can use values, as AWS names them when none is there.
    """

    __slots__ = ("_given", "_parameters")

    def __init__(self, parameters: Parameters, *, takes: Sequence[str] = ()) -> None:
        self._parameters = parameters
        self._given: Expressions | None = None
        expressions = [name for name in _EXPRESSIONS if name in parameters]
        names, values = parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
        if not expressions:
            if names is not None:
                raise errors.ValidationFailed(
                    reason="ExpressionAttributeNames can only be specified when using expressions"
                )
            if values is not None:
                missing = f"{' and '.join(takes)} {'is' if len(takes) == 1 else 'are'} null"
                raise errors.ValidationFailed(
                    reason=f"ExpressionAttributeValues can only be specified when using expressions: {missing}"
                )
            return
        old = [name for name in _LEGACY if name in parameters]
        if old:
            raise errors.ValidationFailed(
                reason="Can not use both expression and non-expression parameters in the same request: "
                f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(expressions)}}}"
            )
        self._given = Expressions(names=names, values=values)

    def condition(self) -> Condition | None:
        """ConditionExpression, or Expected."""
        parameters = self._parameters
        if self._given is not None:
            text = parameters.get("ConditionExpression")
            return self._given.condition(text) if text is not None else None
        if "Expected" not in parameters:
            self._check_operator("Expected")
            return None
        from lambent.services.dynamodb.expressions import legacy

        return legacy.condition(parameters["Expected"], parameters.get("ConditionalOperator"))

    def filter(self, name: str) -> Condition | None:
        """FilterExpression, or its predecessor of this name."""
        parameters = self._parameters
        if self._given is not None:
            text = parameters.get("FilterExpression")
            return self._given.filter(text) if text is not None else None
        if name not in parameters:
            self._check_operator(name)
            return None
        from lambent.services.dynamodb.expressions import legacy

        return legacy.filter(parameters[name], parameters.get("ConditionalOperator"))

    def update(self) -> Update | None:
        """UpdateExpression, or AttributeUpdates."""
        parameters = self._parameters
        if self._given is not None:
            text = parameters.get("UpdateExpression")
            return self._given.update(text) if text is not None else None
        if parameters.get("AttributeUpdates") is None:
            return None
        from lambent.services.dynamodb.expressions import legacy

        return legacy.update(parameters["AttributeUpdates"])

    def key_condition(self) -> KeyCondition:
        """KeyConditionExpression, or KeyConditions."""
        parameters = self._parameters
        if self._given is not None and parameters.get("KeyConditionExpression") is not None:
            return self._given.key_condition(parameters["KeyConditionExpression"])
        if self._given is None and parameters.get("KeyConditions") is not None:
            from lambent.services.dynamodb.expressions import legacy

        return legacy.key_condition(parameters["KeyConditions"])
        raise errors.ValidationFailed(
            reason="Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )

    def projection(self) -> Projection | None:
        """ProjectionExpression, or AttributesToGet."""
        parameters = self._parameters
        if self._given is not None:
            text = parameters.get("ProjectionExpression")
            return self._given.projection(text) if text is not None else None
        if parameters.get("AttributesToGet") is None:
            return None
        from lambent.services.dynamodb.expressions import legacy

        return legacy.projection(parameters["AttributesToGet"])

    def finish(self) -> None:
        """Raises ValidationFailed for names and values that nothing has used."""
        if self._given is not None:
            self._given.finish()

    def _check_operator(self, name: str) -> None:
        if self._parameters.get("ConditionalOperator") is not None:
            raise errors.ValidationFailed(reason=f"ConditionalOperator cannot be used without Filter or Expected: {name}")

"""Payload templates, JSONPath mode's way to build a value: keys ending in ``.$`` are evaluated, all else is taken as it stands.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.lang.intrinsics import IntrinsicFailure, InvalidExpression, ValueNotFound, compiled
from lambent.lang.intrinsics.expressions import Context, Evaluate, Variables

NESTING_MAX = 100
_DYNAMIC = ".$"


class InvalidTemplate(LambentError):
    """``location`` is the way to the field below the template (``/a/b.$``), ``reason`` what is wrong."""

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(reason)
        self.location, self.reason = location, reason


class TemplateFailure(LambentError):
    """A field that could not be evaluated: ``field`` as written (``value.$``), ``failure`` why, ``sentence`` as AWS says it.

    The sentence does not name the state yet.
    """

    def __init__(self, field: str, failure: ValueNotFound | IntrinsicFailure) -> None:
        self.field, self.failure, self.sentence = field, failure, failure.sentence(field)
        super().__init__(self.sentence)


class PayloadTemplate(Struct, frozen=True, eq=False):
    """``evaluate(input, context, variables)`` gives the value. Raises TemplateFailure.

    Parts without a ``.$`` are shared by all values that come of it: nobody may change them.
    """

    variables: frozenset[str]
    evaluate: Evaluate


def compile_template(template: object) -> PayloadTemplate:
    """Of any JSON value. Raises InvalidTemplate. Not cached: keep it beside the state."""
    names: set[str] = set()
    evaluate = _part(template, "", names, NESTING_MAX)
    if evaluate is None:
        return PayloadTemplate(frozenset(), lambda input_, context, variables: template)  # noqa: ARG005 - a constant
    return PayloadTemplate(frozenset(names), evaluate)


def _part(template: object, location: str, names: set[str], depth_left: int) -> Evaluate | None:
    """None where it is a constant."""
    if depth_left == 0:
        raise InvalidTemplate(location, "The template is nested too deeply")
    if isinstance(template, dict):
        return _object(template, location, names, depth_left - 1)
    if isinstance(template, list):
        return _array(template, location, names, depth_left - 1)
    return None


def _object(template: dict[str, object], location: str, names: set[str], depth_left: int) -> Evaluate | None:
    constants: dict[str, object] = {}
    dynamic: list[tuple[str, Evaluate]] = []
    for name, value in template.items():
        here = f"{location}/{name}"
        if name.endswith(_DYNAMIC):
            evaluate: Evaluate | None = _field(name, value, here, names)
        else:
            evaluate = _part(value, here, names, depth_left)
        target = name.removesuffix(_DYNAMIC)
        constants[target] = value  # holds its place in the order of fields, also where it is evaluated
        if evaluate is not None:
            dynamic.append((target, evaluate))
    if not dynamic:
        return None

    def evaluate_object(input_: object, context: Context, variables: Variables) -> object:
        made = constants.copy()
        for target, evaluate in dynamic:
            made[target] = evaluate(input_, context, variables)
        return made

    return evaluate_object


def _field(name: str, value: object, location: str, names: set[str]) -> Evaluate:
    if not isinstance(value, str):
        raise InvalidTemplate(location, f"The value for the field '{name}' must be a STRING that contains a JSONPath")
    try:
        expression = compiled(value)
    except InvalidExpression:
        reason = f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
        raise InvalidTemplate(location, reason) from None
    names |= expression.variables
    find = expression.evaluate

    def evaluate_field(input_: object, context: Context, variables: Variables) -> object:
        try:
            return find(input_, context, variables)
        except (ValueNotFound, IntrinsicFailure) as failure:
            raise TemplateFailure(name, failure) from None

    return evaluate_field


def _array(template: list[object], location: str, names: set[str], depth_left: int) -> Evaluate | None:
    parts = [_part(value, f"{location}[{index}]", names, depth_left) for index, value in enumerate(template)]
    dynamic = [(index, part) for index, part in enumerate(parts) if part is not None]
    if not dynamic:
        return None

    def evaluate_array(input_: object, context: Context, variables: Variables) -> object:
        made = template.copy()
        for index, evaluate in dynamic:
            made[index] = evaluate(input_, context, variables)
        return made

    return evaluate_array

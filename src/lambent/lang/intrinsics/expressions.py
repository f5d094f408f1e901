"""An expression, compiled once into closures: where it looks, and what it evaluates to."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from lambent.lang import jsonpath
from lambent.lang.intrinsics import functions
from lambent.lang.intrinsics.errors import IntrinsicFailure, InvalidExpression, ValueNotFound
from lambent.lang.intrinsics.parsing import Call, Literal, PathText, parse_call

EXPRESSIONS_KEPT_MAX = 4_096
VARIABLE_CHARACTERS_MAX = 80

Variables = Mapping[str, object]
Context = Mapping[str, object]
Evaluate = Callable[[object, Context, Variables], object]
"""From input, context object and variables (names without ``$``) to a value. Raises ValueNotFound, IntrinsicFailure."""

_VARIABLE = re.compile(r"\$([^\W\d]\w*)")


class Source(Enum):
    INPUT = "$.a"
    CONTEXT = "$$.a"
    VARIABLE = "$a"
    FUNCTION = "States.Array()"


class Expression(Struct, frozen=True, eq=False):
    """``variables`` are the names it reads, for validation.

    ``is_reference``: a path of one node, without filters. ``is_definite``: one value, not the list of all that a path finds.
    """

    text: str
    source: Source
    is_reference: bool
    is_definite: bool
    variables: frozenset[str]
    evaluate: Evaluate


@lru_cache(EXPRESSIONS_KEPT_MAX)
def compiled(text: str) -> Expression:
    """A path or a function: values of keys that end in ``.$``, ErrorPath, CausePath. Raises InvalidExpression."""
    if text.startswith("$"):
        return _path(text, is_argument=False)
    if text.startswith("States."):
        evaluate, variables = _called(parse_call(text))
        return Expression(text, Source.FUNCTION, False, True, variables, evaluate)
    raise InvalidExpression(text, "Expected a path, which begins with $, or an intrinsic function, which begins with States.")


def compiled_path(text: str) -> Expression:
    """A path, of input, context or variable, but no function: InputPath, OutputPath, Variable … Raises InvalidExpression."""
    if not text.startswith("$"):
        raise InvalidExpression(text, "Path must start with '$'")
    return compiled(text)


# ---- paths -------------------------------------------------------------------------------------------------------------------


def _path(text: str, *, is_argument: bool) -> Expression:
    variable = _VARIABLE.match(text)
    if text.startswith("$$"):
        source, path = Source.CONTEXT, _parsed(text, text[1:])
        evaluate = _of_context(text, path, is_argument)
    elif variable is not None:
        source, path = Source.VARIABLE, _parsed(text, "$" + text[variable.end() :])
        evaluate = _of_variable(text, variable[1], path, is_argument)
    else:
        source, path = Source.INPUT, _parsed(text, text)
        evaluate = _of_input(text, path, is_argument)
    names = frozenset([variable[1]]) if variable is not None else frozenset[str]()
    return Expression(text, source, path.is_reference, path.is_definite, names, evaluate)


def _parsed(text: str, path: str) -> jsonpath.Path:
    try:
        return jsonpath.parse(path)
    except jsonpath.InvalidPath as error:
        raise InvalidExpression(text, error.reason) from None


def _of_input(text: str, path: jsonpath.Path, is_argument: bool) -> Evaluate:
    find = path.find

    def evaluate(input_: object, context: Context, variables: Variables) -> object:  # noqa: ARG001 - as every Evaluate
        try:
            return find(input_)
        except jsonpath.PathNotFound as error:
            raise ValueNotFound(text, error.reason, input_, is_argument=is_argument) from None

    return evaluate


def _of_context(text: str, path: jsonpath.Path, is_argument: bool) -> Evaluate:
    look = _of_input(text, path, is_argument)
    return lambda input_, context, variables: look(context, context, variables)  # noqa: ARG005


def _of_variable(text: str, name: str, path: jsonpath.Path, is_argument: bool) -> Evaluate:
    look = _of_input(text, path, is_argument)
    is_whole = path.text == "$"

    def evaluate(input_: object, context: Context, variables: Variables) -> object:
        if name not in variables:
            raise ValueNotFound(text, f"The variable ${name} has no value", input_, is_argument=is_argument)
        return variables[name] if is_whole else look(variables[name], context, variables)

    return evaluate


# ---- functions ---------------------------------------------------------------------------------------------------------------


def _called(call: Call) -> tuple[Evaluate, frozenset[str]]:
    """What the call evaluates to, and the variables it reads. Raises InvalidExpression."""
    intrinsic = functions.INTRINSICS.get(call.name)
    if intrinsic is None:
        raise InvalidExpression(call.text, f"There is no intrinsic function States.{call.name}")
    count, most = len(call.arguments), intrinsic.arguments_max
    if count < intrinsic.arguments_min or (most is not None and count > most):
        raise InvalidExpression(call.text, f"States.{call.name} is called with a wrong number of arguments: {count}")
    arguments = [_argument(argument) for argument in call.arguments]
    names = frozenset[str]().union(*(variables for _, variables in arguments))
    return _applied(call, intrinsic, [evaluate for evaluate, _ in arguments]), names


def _argument(argument: Literal | PathText | Call) -> tuple[Evaluate, frozenset[str]]:
    if isinstance(argument, Call):
        return _called(argument)
    if isinstance(argument, PathText):
        path = _path(argument.text, is_argument=True)
        return path.evaluate, path.variables
    value = argument.value
    return (lambda input_, context, variables: value), frozenset()  # noqa: ARG005 - as every Evaluate


def _applied(call: Call, intrinsic: functions.Intrinsic, arguments: list[Evaluate]) -> Evaluate:
    apply = intrinsic.call
    first = call.arguments[0] if call.arguments else None
    if call.name == "Format" and isinstance(first, Literal) and isinstance(first.value, str):
        parts, arguments = functions.parts_of_format(first.raw), arguments[1:]
        apply = lambda values: functions.filled(parts, values)  # noqa: E731 - the same shape as of every function

    def evaluate(input_: object, context: Context, variables: Variables) -> object:
        values = [argument(input_, context, variables) for argument in arguments]
        try:
            return apply(values)
        except functions.Refused as refused:
            raise IntrinsicFailure(call.text, str(refused)) from None

    return evaluate

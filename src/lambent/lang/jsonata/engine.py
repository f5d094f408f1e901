"""The library as an engine of ours: parsed once, evaluated under a guard, mended where it differs from JSONata's reference.

Imported on first use only, by ``templates``.
"""

import copy
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any

from lambent.core.moments import Instant
from lambent.lang.jsonata import messages, values
from lambent.lang.jsonata.errors import EvaluationError, InvalidJsonata
from lambent.lang.jsonata.functions import Mended, all_functions
from lambent.lang.jsonata.library import Functions, JException, Jsonata, Parser, Utils
from lambent.lang.jsonata.limits import DEPTH_MAX, LIMITS, Guard, Limits, overflow
from lambent.lang.jsonata.patterns import InvalidPattern, Pattern

PARSED_NODES_MAX = 20_000
NOTHING = object()
"""Undefined: no JSON value at all."""

# The library raises its own exception for what it foresees. For what it does not (a text that is no number, a tree too deep)
# Python raises these out of it. They are of the expression and its data, not of us. (OSError: a moment beyond any
# calendar.)
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)

_threads = threading.local()


class _Parser(Parser):  # type: ignore[misc]
    """Processes a node once, also where the tree leads to it twice: the library would negate ``-5 ?: 1`` twice."""

    def parse(self, text: str, regex_engine: Any = Pattern) -> Any:
        self.processed: dict[int, tuple[Any, Any]] = {}
        self.errors = None
        try:
            return super().parse(text, regex_engine)
        finally:
            self.processed = {}

    def process_ast(self, expr: Any) -> Any:
        known = self.processed.get(id(expr))
        if known is not None:
            return known[1]
        result = super().process_ast(expr)
        if len(self.processed) >= PARSED_NODES_MAX:
            raise JException("S0500", 0)
        if expr is not None:
            if result.type == "string" and isinstance(result.value, str) and not result.value.isascii():
                result.value = values.whole_characters(result.value) if _has_pairs(result.value) else result.value
            self.processed[id(expr)] = (expr, result)
        return result


def _has_pairs(text: str) -> bool:
    return any("\ud800" <= first <= "\udbff" and "\udc00" <= second <= "\udfff" for first, second in pairwise(text))


def _parser() -> Parser:
    """Of this thread; a parser has a state of its own while it parses."""
    if not hasattr(_threads, "parser"):
        _threads.parser = _Parser()
    return _threads.parser


class Engine(Jsonata):  # type: ignore[misc]
    """One expression. ``evaluate_json`` may be called by any number of threads at once."""

    def __init__(self, text: str) -> None:  # the library's own would make a parser of the library's own
        self.text = text
        self.parser = _parser()
        self.ast = self.parser.parse(text)
        self.errors, self.environment, self.input = None, self.create_frame(_functions()), None
        self.guard, self.now_ms = Guard(LIMITS), 0

    def evaluate_json(self, bindings: Mapping[str, Any], now: Instant, limits: Limits = LIMITS, *, document: Any = None) -> Any:
        """A JSON value, or NOTHING. What is given are values that have entered (``values.entering``). Raises EvaluationError.

        ``document`` is what names at the top and ``$$`` read; in Step Functions there is none.
        """
        run = copy.copy(self)
        run.parser, run.guard, run.now_ms = _parser(), Guard(limits), int(now * 1000)
        with _current(run):
            found = _evaluated(run, bindings, document)
        if found is None:
            return NOTHING
        try:
            return values.leaving(found)
        except TypeError:
            raise EvaluationError("", "returned an unsupported result type.") from None

    # ---- overridden: the guard, and whose turn it is -----------------------------------------------------------------------

    def get_per_thread_instance(self) -> "Engine":
        return self

    def eval(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002 - the library's name
        guard = self.guard
        guard.enter()
        before = self.input, self.environment
        try:
            found = self._eval(expr, input, environment)
        finally:
            self.input, self.environment = before
            guard.leave()
        if isinstance(found, str | list | dict):
            guard.size_bytes(found)
        return found

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        if not Functions.is_lambda(proc):
            if not (Utils.is_function(proc) or Functions.is_regex(proc)):
                raise JException("T1006", 0)
            is_found_at_once = getattr(proc, "function_name", None) == "lookup" and isinstance(args[0], dict)
            for argument in args if not is_found_at_once else ():
                self.guard.charge(argument)
        return super().apply_inner(proc, args, input, environment)

    def evaluate_equality_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        self.guard.charge(lhs)
        self.guard.charge(rhs)
        return super().evaluate_equality_expression(lhs, rhs, op)

    def evaluate_descendants(self, expr: Any, input: Any) -> Any:  # noqa: A002
        self.guard.charge(input)
        return super().evaluate_descendants(expr, input)

    # ---- overridden: what the library gets wrong ---------------------------------------------------------------------------

    def evaluate_binary(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        """The library swallows what goes wrong on the right side of ``and`` and ``or``."""
        if expr.value not in ("and", "or"):
            return super().evaluate_binary(expr, input, environment)
        left = self.eval(expr.lhs, input, environment)
        return self.evaluate_boolean_expression(left, lambda: self.eval(expr.rhs, input, environment), expr.value)

    def evaluate_group_expression(self, expr: Any, input: Any, environment: Any) -> Any:  # noqa: A002
        is_empty = isinstance(input, Utils.JList) and input.tuple_stream and not input
        return {} if is_empty else super().evaluate_group_expression(expr, input, environment)

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        """As JavaScript calculates: by zero it goes to infinity, and a remainder keeps its fraction."""
        if lhs is not None and not Utils.is_numeric(lhs):
            raise JException("T2001", -1, op, lhs)
        if rhs is not None and not Utils.is_numeric(rhs):
            raise JException("T2002", -1, op, rhs)
        if lhs is None or rhs is None:
            return None
        found = _calculated(float(lhs), float(rhs), op)
        return int(found) if math.isfinite(found) and found.is_integer() else found

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> Any:
        if lhs is None or rhs is None:
            return False
        candidates = rhs if isinstance(rhs, list) else [rhs]
        self.guard.charge(candidates)
        return any(item == lhs and isinstance(item, bool) == isinstance(lhs, bool) for item in candidates)

    def evaluate_string_concat(self, lhs: Any, rhs: Any) -> str:
        left, right = ("" if side is None else Mended.string(side, False) for side in (lhs, rhs))
        self.guard.allow(len(left) + len(right))
        return f"{left}{right}"

    def evaluate_range_expression(self, lhs: Any, rhs: Any) -> Any:
        for code, bound in (("T2003", lhs), ("T2004", rhs)):
            if bound is not None and (not Utils.is_numeric(bound) or bound != math.floor(bound)):
                raise JException(code, -1, bound)
        if lhs is None or rhs is None or lhs > rhs:
            return None
        if rhs - lhs + 1 > 1e7:
            raise JException("D2014", -1, rhs - lhs + 1)
        self.guard.allow((rhs - lhs + 1) * 8)
        return Utils.create_sequence_from_iter(range(int(lhs), int(rhs) + 1))


def _calculated(left: float, right: float, operator: str | None) -> float:
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
        return math.fmod(left, right)
    except ZeroDivisionError:
        return math.copysign(math.inf, left) * math.copysign(1, right) if left else math.nan
    except ValueError:
        return math.nan


@cache
def _functions() -> Any:
    """The frame of functions, above the library's own."""
    frame = Jsonata.Frame(Jsonata.static_frame)
    for name, function in all_functions().items():
        frame.bind(name, function)
    return frame


@contextmanager
def _current(run: Engine) -> Iterator[None]:
    """Functions of the library ask a variable of the thread for the engine that calls them."""
    Jsonata.CURRENT.jsonata = run
    try:
        yield
    finally:
        Jsonata.CURRENT.jsonata = None


def _evaluated(run: Engine, bindings: Mapping[str, Any], document: Any) -> Any:
    frame = run.create_frame(run.environment)
    for name, value in bindings.items():
        frame.bind(name, value)
    frame.bind("$", document)
    if isinstance(document, list):
        document = Utils.create_sequence(document)
        document.outer_wrapper = True
    try:
        return run.eval(run.ast, document, frame)
    except JException as error:
        raise EvaluationError(*messages.code_and_message(error)) from None
    except RecursionError:
        raise overflow(DEPTH_MAX, DEPTH_MAX) from None
    except _UNFORESEEN as error:
        raise EvaluationError(messages.code_of(str(error)), str(error)) from error


def parsed(text: str) -> Engine:
    """Raises InvalidJsonata."""
    try:
        return Engine(text)
    except JException as error:
        code, message = messages.code_and_message(error)
        raise InvalidJsonata(text, f"{code}: {message}", error.location if error.location >= 0 else None) from None
    except InvalidPattern as error:
        raise InvalidJsonata(text, str(error), None) from None
    except RecursionError:
        raise InvalidJsonata(text, "The expression is nested too deeply", None) from None
    except _UNFORESEEN as error:
        raise InvalidJsonata(text, messages.of_syntax(text, error), None) from error

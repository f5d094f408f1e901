"""How data goes through a state, whichever its query language: what comes in, what its work is given, what goes out.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from lambent.lang import intrinsics, jsonata, jsonpath
from lambent.lang.payload_template import PayloadTemplate, TemplateFailure
from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.views import View, text_of


class Left(Struct, frozen=True):
    """What a state leaves behind: its output, and the variables that it sets."""

    output: Any
    assigned: dict[str, Any]


class Flow(Protocol):
    """All raise StateFailed."""

    @property
    def is_jsonata(self) -> bool: ...

    def effective_input(self, view: View) -> Any:
        """After InputPath."""
        ...

    def arguments(self, view: View, document: Any) -> Any:
        """What the work is given, of the effective input."""
        ...

    def finish(self, view: View, result: Any) -> Left:
        """The way out with a result."""
        ...

    def passed(self, view: View, document: Any) -> Left:
        """The way out of a state without work (Choice, Wait, Succeed), of its effective input."""
        ...

    def caught(self, view: View, error: dict[str, str]) -> Left:
        """The way out by a Catch."""
        ...


NOTHING: dict[str, Any] = {}
"""What a path that is null selects."""


class PathFlow(Struct, frozen=True, eq=False):
    """JSONPath. What is None is not there; ``drops_…`` where the path is null."""

    input_path: intrinsics.Expression | None = None
    drops_input: bool = False
    parameters: PayloadTemplate | None = None
    selector: PayloadTemplate | None = None
    result_path: jsonpath.ReferencePath | None = None
    drops_result: bool = False
    output_path: intrinsics.Expression | None = None
    drops_output: bool = False
    assign: PayloadTemplate | None = None

    @property
    def is_jsonata(self) -> bool:
        return False

    def effective_input(self, view: View) -> Any:
        if self.drops_input:
            return {}
        return view.input if self.input_path is None else find(view, self.input_path, view.input)

    def arguments(self, view: View, document: Any) -> Any:
        return document if self.parameters is None else fill(view, self.parameters, document)

    def finish(self, view: View, result: Any) -> Left:
        return Left(self._out(view, self.placed(view, self.selected(view, result))), self._assigned(view, result))

    def passed(self, view: View, document: Any) -> Left:
        return Left(self._out(view, document), self._assigned(view, document))

    def caught(self, view: View, error: dict[str, str]) -> Left:
        return Left(self.placed(view, error), self._assigned(view, error))

    def selected(self, view: View, result: Any) -> Any:
        """After ResultSelector."""
        return result if self.selector is None else fill(view, self.selector, result)

    def placed(self, view: View, result: Any) -> Any:
        """After ResultPath."""
        if self.drops_result:
            return view.input
        if self.result_path is None:
            return result
        try:
            return self.result_path.put(view.input, result)
        except jsonpath.UnwritablePath as failure:
            raise view.failed(
                failures.RESULT_PATH_MATCH_FAILURE,
                f'Unable to apply step "{self.result_path.text}" to input {text_of(view.input)}',
            ) from failure

    def _out(self, view: View, document: Any) -> Any:
        if self.drops_output:
            return {}
        return document if self.output_path is None else find(view, self.output_path, document)

    def _assigned(self, view: View, document: Any) -> dict[str, Any]:
        if self.assign is None:
            return NOTHING
        values = fill(view, self.assign, document)
        assert isinstance(values, dict), "Assign is an object"
        return values


class QueryFlow(Struct, frozen=True, eq=False):
    """JSONata."""

    given: jsonata.Template | None = None  # Arguments
    output: jsonata.Template | None = None
    assign: jsonata.Template | None = None

    @property
    def is_jsonata(self) -> bool:
        return True

    def effective_input(self, view: View) -> Any:
        return view.input

    def arguments(self, view: View, document: Any) -> Any:
        return document if self.given is None else query(view, self.given)

    def finish(self, view: View, result: Any) -> Left:
        return self._left(view.with_states(result=result), result)

    def passed(self, view: View, document: Any) -> Left:
        return self._left(view, document)

    def caught(self, view: View, error: dict[str, str]) -> Left:
        return self._left(view.with_states(errorOutput=error), error)

    def _left(self, view: View, otherwise: Any) -> Left:
        output = otherwise if self.output is None else query(view, self.output)
        return Left(output, NOTHING if self.assign is None else query(view, self.assign))


def find(view: View, path: intrinsics.Expression, document: Any) -> Any:
    try:
        return path.evaluate(document, view.context, view.variables)
    except intrinsics.ValueNotFound as failure:
        raise view.path_failed(failure) from failure
    except intrinsics.IntrinsicFailure as failure:
        raise view.field_failed(path.text, failure) from failure


def fill(view: View, template: PayloadTemplate, document: Any) -> Any:
    try:
        return template.evaluate(document, view.context, view.variables)
    except TemplateFailure as failed:
        raise view.field_failed(failed.field, failed.failure) from failed


def query(view: View, template: jsonata.Template) -> Any:
    try:
        return template.evaluate(view.bindings(), view.variables, view.now)
    except jsonata.JsonataFailure as failure:
        raise view.query_failed(failure) from failure


Evaluate = Callable[[View], Any]


def constant(value: Any) -> Evaluate:
    return lambda _view: value


def by_query(template: jsonata.Template) -> Evaluate:
    return lambda view: query(view, template)


def by_path(path: intrinsics.Expression) -> Evaluate:
    """Of the view's document."""
    return lambda view: find(view, path, view.document)

"""Payload templates, JSONPath mode's way to build a value: keys ending in ``.$`` are evaluated, all else is taken as it stands.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from dataclasses import dataclass

from lambent.core.errors import LambentError
from lambent.lang.intrinsics import IntrinsicFailure, ValueNotFound
from lambent.lang.intrinsics.expressions import Evaluate


class InvalidTemplate(LambentError):
    """``location`` is the way to the field below the template (``/a/b.$``), ``reason`` what is wrong."""

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(reason)
        self.location, self.reason = location, reason


class TemplateFailure(LambentError):
    """A field that could not be evaluated: ``field`` as written (``value.$``), ``failure`` why, with its facts."""

    def __init__(self, field: str, failure: ValueNotFound | IntrinsicFailure) -> None:
        super().__init__(str(failure))
        self.field, self.failure = field, failure


@dataclass(frozen=True, slots=True, eq=False)
class PayloadTemplate:
    """``evaluate(input, context, variables)`` gives the value. Raises TemplateFailure.

    Parts without a ``.$`` are shared by all values that come of it: nobody may change them.
    """

    variables: frozenset[str]
    evaluate: Evaluate


def compile_template(template: object) -> PayloadTemplate:
    """Of any JSON value. Raises InvalidTemplate. Not cached: keep it beside the state."""
    raise NotImplementedError(template)

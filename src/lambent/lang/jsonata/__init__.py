"""JSONata as Step Functions speaks it: strings wrapped in ``{% %}``, anywhere in a value, with ``$states`` and variables.

The language itself is a library's, imported on first use, since that is slow. Here stands what AWS adds (``$partition``,
``$hash`` …) and takes away (``$eval``), its words for what goes wrong, what the library gets wrong, a guard of work and depth.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from lambent.lang.jsonata.errors import INVALID, UNSUPPORTED, InvalidJsonata, JsonataFailure
from lambent.lang.jsonata.limits import Allowance, Overworked, allowing, work_done
from lambent.lang.jsonata.templates import Template, compile_template, is_expression

__all__ = [
    "INVALID",
    "UNSUPPORTED",
    "Allowance",
    "InvalidJsonata",
    "JsonataFailure",
    "Overworked",
    "Template",
    "allowing",
    "compile_template",
    "is_expression",
    "work_done",
]

"""JSONPath as Step Functions speaks it: ``$.orders[*].id``, ``$..price``, ``$.items[?(@.count > 1)]``.

What Jayway's library does is the specification, since AWS uses it: which paths are definite (one value) and which are not
(a list, perhaps empty), what is missing and what is merely empty, and the words in which it says so. Nothing here knows of
states.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from lambent.lang.jsonpath.errors import InvalidPath, PathNotFound, UnwritablePath
from lambent.lang.jsonpath.paths import Path, parse
from lambent.lang.jsonpath.reference import ReferencePath, parse_reference

__all__ = ["InvalidPath", "Path", "PathNotFound", "ReferencePath", "UnwritablePath", "parse", "parse_reference"]

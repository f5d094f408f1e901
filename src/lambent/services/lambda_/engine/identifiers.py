"""How functions and layers are named: bare names, partial ARNs, ARNs, qualifiers.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html (FunctionName, Qualifier)
"""

import re

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits

LATEST = "$LATEST"
LATEST_NUMBER = 0
"""$LATEST's number in the tables; published versions count from 1."""
NO_NUMBER = -1
"""Of digits that no version has: "0", "01", and more of them than any counter reaches."""

FUNCTION_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
LAYER_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+)"
    r"|[a-zA-Z0-9-_]+"
)

_FUNCTION = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)
_LAYER = re.compile(r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:)?(?P<name>[a-zA-Z0-9_-]+)")
_PUBLISHED = re.compile(r"[1-9]\d{0,17}")
_LAYER_VERSION = re.compile(
    r"arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[a-zA-Z0-9_-]+):(?P<version>\d{1,18})"
)


class FunctionName(Struct, frozen=True):
    """A function, with the qualifier that the caller used, or None."""

    scope: Scope
    name: str
    qualifier: str | None = None

    @property
    def arn(self) -> str:
        """Without the qualifier."""
        return f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:function:{self.name}"

    @property
    def invoked_arn(self) -> str:
        """With the qualifier only where the caller used one."""
        return self.arn if self.qualifier is None else f"{self.arn}:{self.qualifier}"


class LayerName(Struct, frozen=True):
    """A layer, without a version."""

    scope: Scope
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:layer:{self.name}"

    def version_arn(self, version: int) -> str:
        return f"{self.arn}:{version}"


class LayerVersionName(Struct, frozen=True):
    """One version of a layer."""

    layer: LayerName
    version: int

    @property
    def arn(self) -> str:
        return self.layer.version_arn(self.version)


def parse_function(text: str, qualifier: str | None, here: Scope) -> FunctionName:
    """The function that ``text`` and ``qualifier`` name for a caller in ``here``.

    Raises ValidationException, DerivedQualifierDiffers, and FunctionElsewhere for an ARN of another region.
    """
    match = _FUNCTION.fullmatch(text)
    if match is None:
        raise errors.ValidationException(
            value=text, member="functionName", must=f"satisfy regular expression pattern: {FUNCTION_PATTERN}"
        )
    name = match["name"]
    if len(name) > limits.FUNCTION_NAME_LENGTH_MAX:
        must = f"have length less than or equal to {limits.FUNCTION_NAME_LENGTH_MAX}"
        raise errors.ValidationException(value=name, member="functionName", must=must)
    derived = match["qualifier"]
    if derived is not None and qualifier is not None and derived != qualifier:
        raise errors.DerivedQualifierDiffers()
    region = match["region"] or here.region
    if region != here.region:
        raise errors.FunctionElsewhere(region=region, here=here.region)
    return FunctionName(Scope(match["account"] or here.account, region), name, derived or qualifier)


def parse_layer(text: str, here: Scope) -> LayerName:
    """The layer that a name or an ARN without a version names. Raises NoSuchResource for an ARN of another region."""
    match = _LAYER.fullmatch(text)
    if match is None:
        raise errors.ValidationException(
            value=text, member="layerName", must=f"satisfy regular expression pattern: {LAYER_PATTERN}"
        )
    if match["region"] not in (None, here.region):
        raise errors.NoSuchResource()
    return LayerName(Scope(match["account"] or here.account, here.region), match["name"])


def parse_layer_version(arn: str) -> LayerVersionName | None:
    """The layer version that an ARN names, or None for anything else."""
    match = _LAYER_VERSION.fullmatch(arn)
    if match is None:
        return None
    return LayerVersionName(LayerName(Scope(match["account"], match["region"]), match["name"]), int(match["version"]))


def parse_tagged(text: str, here: Scope) -> FunctionName:
    """The function whose tags are meant. Raises TagsOnQualified for an alias or a version."""
    arn = Arn.parse(text)
    kind = arn.resource.partition(":")[0] if arn else ""
    if arn is None or arn.service != "lambda" or kind != "function":
        raise errors.InvalidParameterValue(reason=f"Tags are kept of functions only, not of {text}")
    function = parse_function(text, None, here)
    if function.qualifier is not None:
        raise errors.TagsOnQualified()
    return function


def mapping_id_of(text: str, here: Scope) -> str | None:
    """The id of the event source mapping that an ARN names, or None for anything else.

    Raises NoSuchResource for one of another account or region.
    """
    arn = Arn.parse(text)
    kind, _, mapping_id = arn.resource.partition(":") if arn else ("", "", "")
    if arn is None or kind != "event-source-mapping":
        return None
    if (arn.account, arn.region) != (here.account, here.region):
        raise errors.NoSuchResource()
    return mapping_id


def version_label(number: int) -> str:
    """How AWS writes a version: $LATEST or its digits."""
    return LATEST if number == LATEST_NUMBER else str(number)


def version_number(label: str) -> int | None:
    """The number of $LATEST or of digits, and None for an alias' name."""
    if label == LATEST:
        return LATEST_NUMBER
    if not label.isdigit():
        return None
    return int(label) if _PUBLISHED.fullmatch(label) else NO_NUMBER

"""Access logs: a line a request, as the stage's format has it, with ``$context`` variables in JSON, CLF, XML or CSV.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

import json
import re
from collections.abc import Callable

from lambent.core.arn import Arn
from lambent.core.ports import LogStreamName

FORMAT_BYTES_MAX = 3_072
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

MISSING = "-"
"""Stands in a line where a variable has no value."""

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.:-]*[A-Za-z0-9_])")
_IDS = frozenset(("requestId", "extendedRequestId"))
_OF_HTTP_APIS = re.compile(
    r"authorizer\..+|accountId|apiId|awsEndpointRequestId2?|customDomain\.basePathMatched|dataProcessed|domainName|domainPrefix"
    r"|error\.(?:message|messageString|responseType)|extendedRequestId|httpMethod"
    r"|identity\.(?:accessKey|accountId|caller|cognitoAuthentication(?:Provider|Type)|cognitoIdentity(?:Pool)?Id|principalOrgId"
    r"|sourceIp|user|userAgent|userArn"
    r"|clientCert\.(?:clientCertPem|subjectDN|issuerDN|serialNumber|validity\.(?:notBefore|notAfter)))"
    r"|integration\.(?:error|integrationStatus|latency|requestId|status)|integrationErrorMessage|integrationLatency"
    r"|integrationStatus|path|protocol|requestId|requestTime|requestTimeEpoch|resourcePath|responseLatency|responseLength"
    r"|routeKey|stage|status"
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')

_LOG_GROUP = "log-group:"
_DELIVERY_STREAM = "deliverystream/amazon-apigateway-"
"""What the name of a delivery stream has to begin with."""

Lookup = Callable[[str], str | None]
"""The value of a context variable, by its name without ``$context.``."""


class LineFormat:
    """A format, taken apart once."""

    __slots__ = ("_is_quoted", "_parts")

    def __init__(self, text: str) -> None:
        self._parts = _VARIABLE.split(text)  # texts, with the names of variables between them
        self._is_quoted = _are_quoted(self._parts)

    def render(self, lookup: Lookup) -> str:
        """A line. What a visitor sent can neither end the text in which it stands nor begin a line of its own."""
        parts = self._parts.copy()
        for index in range(1, len(parts), 2):
            value = lookup(parts[index])
            if value is None or value == "":
                parts[index] = MISSING
            elif _SPECIAL.search(value) is None:
                parts[index] = value
            elif self._is_quoted[index // 2]:
                parts[index] = json.dumps(value, ensure_ascii=False)[1:-1]
            else:
                parts[index] = _CONTROL.sub(" ", value)
        return "".join(parts)


def _are_quoted(parts: list[str]) -> list[bool]:
    """Of each variable, whether it stands inside quotation marks."""
    found = []
    is_open = False
    for text in parts[:-1:2]:
        is_open ^= text.count('"') % 2 == 1
        found.append(is_open)
    return found


def log_stream(destination_arn: str, api_id: str, stage: str) -> LogStreamName | None:
    """Where the lines of a stage go; None for what is no log group (a delivery stream of Firehose)."""
    arn = Arn.parse(destination_arn)
    if arn is None or arn.service != "logs" or not arn.resource.startswith(_LOG_GROUP):
        return None
    group = arn.resource.removeprefix(_LOG_GROUP).removesuffix(":*")
    if not group:
        return None
    return LogStreamName(arn.account, arn.region, group, f"{api_id}/{stage}")


def refusal_of_destination(destination_arn: str) -> str | None:
    """Why a stage may not have its lines there; None where it may: a log group, or a delivery stream of Firehose.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-logging-to-kinesis.html
    """
    if log_stream(destination_arn, "", "") is not None:
        return None
    arn = Arn.parse(destination_arn)
    if arn is not None and arn.service == "firehose" and arn.resource.startswith(_DELIVERY_STREAM):
        return None
    return "Invalid ARN specified in the request"


def refusal_of_format(text: str) -> str | None:
    """Why no stage may have the format; None where one may."""
    if len(text.encode()) > FORMAT_BYTES_MAX:
        return f"Access Log format has at most {FORMAT_BYTES_MAX} bytes"
    if "\n" in text.removesuffix("\n"):
        return f"Access Log format must be single line, new line character is allowed only at end of the format: '{text}'"
    if not _IDS.intersection(_VARIABLE.findall(text)):
        return f"Access Log format must include either $context.requestId or $context.extendedRequestId : '{text}'"
    return None


def refusal_of_variables(text: str) -> str | None:
    """Why a stage of an HTTP API may not have the format; None where it may. APIs of other kinds write a dash instead."""
    unknown = [name for name in _VARIABLE.findall(text) if not _OF_HTTP_APIS.fullmatch(name)]
    if not unknown:
        return None
    return f"The following context variables are not supported: [{', '.join(f'$context.{name}' for name in unknown)}]"

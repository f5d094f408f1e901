"""Gateway responses: what an API answers by itself, of which everything but the reason can be set.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from collections.abc import Mapping
from typing import Any

DEFAULT_4XX, DEFAULT_5XX = "DEFAULT_4XX", "DEFAULT_5XX"
STATUSES: Mapping[str, str] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
KINDS = (*STATUSES, DEFAULT_4XX, DEFAULT_5XX)
TEMPLATES: Mapping[str, str] = {"application/json": '{"message":$context.error.messageString}'}


def effective(kind: str, own: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What is answered: what was set for this kind, else for all of its class, else what AWS has."""
    if kind in own:
        return dict(own[kind])
    status = STATUSES.get(kind, "")
    set_for_all = own.get(DEFAULT_5XX if status >= "5" else DEFAULT_4XX) if status else None
    base: Mapping[str, Any] = set_for_all or {}
    response: dict[str, Any] = {
        "responseType": kind,
        "responseParameters": dict(base.get("responseParameters") or {}),
        "responseTemplates": dict(base.get("responseTemplates") or TEMPLATES),
        "defaultResponse": True,
    }
    status = base.get("statusCode") or status
    return response | ({"statusCode": status} if status else {})

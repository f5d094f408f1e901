"""Whose a REST API is, and how its parts are named as ARNs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
"""

from lambent.core.context import Scope

PRINCIPAL = "apigateway.amazonaws.com"


def resource_arn(region: str, path: str) -> str:
    """Of something of the control plane: "/restapis/a1b2c3d4e5"."""
    return f"arn:aws:apigateway:{region}::{path}"


def method_arn(scope: Scope, api_id: str, stage: str, method: str, path: str) -> str:
    """Of a method as it is called: what policies of visitors, authorizers and functions name. ``path`` has no slash first."""
    return f"arn:aws:execute-api:{scope.region}:{scope.account}:{api_id}/{stage}/{method}/{path}"

"""HTTP and WebSocket APIs as one test's account configures them."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.service.sns.conftest import refusal

__all__ = ["refusal"]


@pytest.fixture
def apigateway(client: Callable[..., Any]) -> Any:
    return client("apigatewayv2")


@pytest.fixture
def function(account: str) -> str:
    """The ARN of a function that nobody asks for."""
    return f"arn:aws:lambda:us-east-1:{account}:function:f"

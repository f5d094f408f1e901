"""Clients of dynamodb on a platform whose clock stands still until a test turns it, and a table with a stream."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.service.dynamodb.streams import Songs
from tests.service.sqs.conftest import advance, client, still

__all__ = ["advance", "client", "still"]


@pytest.fixture
def dynamodb(client: Callable[..., Any]) -> Any:
    return client("dynamodb")


@pytest.fixture
def streams(client: Callable[..., Any]) -> Any:
    return client("dynamodbstreams")


@pytest.fixture
def songs(dynamodb: Any, streams: Any) -> Songs:
    """A table whose stream tells both images."""
    return Songs(dynamodb, streams, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})


@pytest.fixture
def plain_songs(dynamodb: Any, streams: Any) -> Songs:
    """The table without a stream."""
    return Songs(dynamodb, streams)


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """``refusal(call, **parameters)``: the code and the message of the error that comes of it."""

    def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refused

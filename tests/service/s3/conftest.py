"""S3 through boto3: a client, a bucket in it, and how an error looks."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client("s3", config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def bucket(s3: Any) -> str:
    s3.create_bucket(Bucket="things")
    return "things"


@pytest.fixture
def refusal() -> Callable[..., dict[str, Any]]:
    """``refusal(s3.get_object, Bucket=…)``: the error that the call answers, with its HTTP status."""

    def refused(call: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
        with pytest.raises(ClientError) as error:
            call(**parameters)
        response = error.value.response
        return {**response["Error"], "Status": response["ResponseMetadata"]["HTTPStatusCode"]}

    return refused

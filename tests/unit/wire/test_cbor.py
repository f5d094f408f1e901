"""The smithy-rpc-v2-cbor protocol, as the newest clients speak it to CloudWatch."""

from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest

from lambent.core.errors import ServiceError
from lambent.wire import cbor, models, problems
from lambent.wire.http import Request
from lambent.wire.models import Operation

MOMENT = datetime(2015, 1, 25, 8, tzinfo=UTC)


class DashboardNotFound(ServiceError):
    code = "DashboardNotFoundError"
    status = 404
    wording = "Gone"


def operation(name: str) -> Operation:
    found = models.service("cloudwatch").operation(name)
    assert found is not None
    return found


def parse(name: str, body: bytes) -> dict[str, Any]:
    return cbor.parse(operation(name), Request("POST", "/", "", {}, body), {})


def test_a_map_becomes_parameters():
    datum = {"MetricName": "m", "Timestamp": cbor2.CBORTag(1, 1_422_172_800), "Value": 1.5, "Counts": [1]}
    assert parse("PutMetricData", cbor2.dumps({"Namespace": "n", "MetricData": [datum]})) == {
        "Namespace": "n",
        "MetricData": [{"MetricName": "m", "Timestamp": MOMENT, "Value": 1.5, "Counts": [1.0]}],
    }


def test_maps_of_indefinite_length_are_read():
    assert parse("PutMetricData", b"\xbf\x69Namespace\x61n\xff") == {"Namespace": "n"}


@pytest.mark.parametrize(
    "body", [b"\xbf", b"\x80", cbor2.dumps({"Namespace": 7}), cbor2.dumps({"MetricData": {}}), b"\xc1\xfb" + b"\x7f" * 8]
)
def test_a_body_that_does_not_fit_is_refused(body: bytes):
    with pytest.raises(problems.Serialization):
        parse("PutMetricData", body)


def test_a_reply_is_a_map():
    response = cbor.serialize(
        operation("GetMetricStatistics"), {"Label": "l", "Datapoints": [{"Timestamp": MOMENT, "Sum": 1}]}, "id"
    )
    assert isinstance(response.body, bytes)
    assert cbor2.loads(response.body) == {"Label": "l", "Datapoints": [{"Timestamp": MOMENT, "Sum": 1.0}]}
    assert response.header("smithy-protocol") == "rpc-v2-cbor"


def test_an_error_tells_its_shape_and_its_old_code():
    response = cbor.serialize_error(operation("GetDashboard"), DashboardNotFound(), "id")
    assert isinstance(response.body, bytes)
    assert cbor2.loads(response.body) == {"__type": "com.amazonaws.cloudwatch#DashboardNotFoundError", "message": "Gone"}
    assert (response.status, response.header("x-amzn-query-error")) == (404, "ResourceNotFound;Sender")


def test_an_unknown_operation_is_answered_without_one():
    response = cbor.serialize_error(None, problems.UnknownOperation(), "id")
    assert isinstance(response.body, bytes)
    assert cbor2.loads(response.body) == {"__type": "UnknownOperationException", "message": ""}

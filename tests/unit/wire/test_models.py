"""Models are found, linked, and made into operations once."""

import subprocess
import sys

import pytest

from lambent.core.errors import Defect
from lambent.wire import models


def test_an_operation_is_the_same_object_each_time():
    service = models.service("lambda")
    assert service.operation("Invoke") is service.operation("Invoke")


def test_an_operation_knows_its_method_its_path_and_its_status():
    operation = models.service("lambda").operation("CreateFunction")
    assert operation is not None
    assert (operation.method_name, operation.http_method, operation.http_uri, operation.status) == (
        "create_function",
        "POST",
        "/2015-03-31/functions",
        201,
    )


def test_a_method_is_named_as_boto3_names_it():
    operation = models.service("s3").operation("ListObjectsV2")
    assert operation is not None
    assert operation.method_name == "list_objects_v2"


def test_an_unknown_operation_is_none():
    assert models.service("lambda").operation("Levitate") is None


def test_an_unknown_service_is_a_defect():
    with pytest.raises(Defect, match="no service called 'nimbus'"):
        models.service("nimbus")


@pytest.mark.parametrize(
    ("service", "operation", "streams"),
    [
        ("s3", "PutObject", ("Body", None, None)),
        ("s3", "GetObject", (None, "Body", None)),
        ("lambda", "Invoke", (None, None, None)),
        ("lambda", "InvokeWithResponseStream", (None, None, "EventStream")),
        ("logs", "StartLiveTail", (None, None, "responseStream")),
    ],
)
def test_streams_are_told_from_bodies(service: str, operation: str, streams: tuple[str | None, ...]):
    found = models.service(service).operation(operation)
    assert found is not None
    assert (found.streaming_input, found.streaming_output, found.event_stream_output) == streams


def test_only_the_latest_version_of_a_service_is_used():
    assert models.service("dynamodb").metadata.api_version == "2012-08-10"


def test_the_first_protocol_is_the_one_that_the_newest_clients_speak():
    assert models.service("cloudwatch").protocols == ("smithy-rpc-v2-cbor", "json", "query")
    assert models.service("apigatewayv2").protocols == ("rest-json",)


def test_an_error_is_found_by_its_name_and_by_its_query_code():
    sqs = models.service("iam")
    assert sqs.error("NoSuchEntityException") is sqs.error("NoSuchEntity") is not None
    assert sqs.error("Levitation") is None


def test_a_reference_has_the_traits_of_its_shape():
    operation = models.service("s3").operation("GetObject")
    assert operation is not None
    assert operation.output_shape is not None
    assert operation.output_shape.members["Body"].streaming
    assert operation.output_shape.members["Expires"].type == "timestamp"  # one of botocore's own additions to the model


def test_recursive_shapes_are_linked_to_themselves():
    shape = models.service("dynamodb").shapes["AttributeValue"]
    nested = shape.members["M"].shape.value
    assert nested is not None
    assert nested.shape is shape


def test_importing_models_loads_no_http_client_and_no_model():
    script = (
        "import sys; from lambent.wire import models, route, protocols;"
        "route.Router(['lambda', 's3']);"
        "heavy = [name for name in ('urllib3', 'botocore.loaders', 'botocore.session', 'cbor2') if name in sys.modules];"
        "assert not heavy, heavy; assert models.service.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", script], check=True)

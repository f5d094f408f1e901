"""The ec2 protocol, which the protocol cases prove at length: names, lists and errors of its own."""

from typing import Any

from lambent.core.errors import ServiceError
from lambent.wire import ec2, models
from lambent.wire.http import Request
from lambent.wire.models import Operation

DOCUMENT: dict[str, Any] = {
    "metadata": {"protocol": "ec2", "xmlNamespace": "http://example.com/"},
    "operations": {"Run": {"name": "Run", "http": {}, "input": {"shape": "Request"}, "output": {"shape": "Reply"}}},
    "shapes": {
        "Request": {
            "type": "structure",
            "members": {
                "Count": {"shape": "Integer", "locationName": "count"},
                "Names": {"shape": "Names", "queryName": "Name"},
            },
        },
        "Reply": {"type": "structure", "members": {"Names": {"shape": "Names", "locationName": "nameSet"}}},
        "Names": {"type": "list", "member": {"shape": "String", "locationName": "item"}},
        "String": {"type": "string"},
        "Integer": {"type": "integer"},
    },
}


class Bad(ServiceError):
    code = "InvalidInstanceID.Malformed"
    status = 400
    wording = 'Invalid id: "1"'


def operation() -> Operation:
    found = models.from_document("ec2", DOCUMENT).operation("Run")
    assert found is not None
    return found


def test_names_are_capitalised_and_lists_are_flat():
    request = Request("POST", "/", "", {}, b"Action=Run&Count=2&Name.1=a&Name.2=b")
    assert ec2.parse(operation(), request, {}) == {"Count": 2, "Names": ["a", "b"]}


def test_a_reply_has_no_wrapper():
    response = ec2.serialize(operation(), {"Names": ["a"]}, "id")
    assert response.body == (
        b'<RunResponse xmlns="http://example.com/"><nameSet><item>a</item></nameSet><requestId>id</requestId></RunResponse>'
    )


def test_an_error_stands_in_a_list_of_errors():
    response = ec2.serialize_error(operation(), Bad(), "id")
    assert response.body == (
        b"<Response><Errors><Error><Code>InvalidInstanceID.Malformed</Code><Message>Invalid id: &quot;1&quot;</Message></Error>"
        b"</Errors><RequestID>id</RequestID></Response>"
    )

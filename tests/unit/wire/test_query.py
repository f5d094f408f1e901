"""The query protocol: forms in, XML out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambent.core.errors import ServiceError
from lambent.wire import models, problems, query
from lambent.wire.http import Request
from lambent.wire.models import Operation


class NoSuchEntity(ServiceError):
    code = "NoSuchEntityException"
    status = 404
    wording = "The role with name {name} cannot be found."


def operation(service: str, name: str) -> Operation:
    found = models.service(service).operation(name)
    assert found is not None
    return found


def parse(service: str, name: str, form: str) -> dict[str, Any]:
    return query.parse(operation(service, name), Request("POST", "/", "", {}, form.encode()), {})


def test_numbered_parameters_become_lists_of_structures():
    form = "Action=TagRole&RoleName=r&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.1.Key=a&Tags.member.1.Value=1"
    assert parse("iam", "TagRole", form) == {"RoleName": "r", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}


def test_numbers_are_sorted_as_numbers():
    form = "&".join(f"TagKeys.member.{number}=k{number}" for number in range(1, 13))
    assert parse("iam", "UntagRole", form)["TagKeys"] == [f"k{number}" for number in range(1, 13)]


def test_entries_become_a_map():
    form = "Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=T%26T"
    assert parse("sns", "CreateTopic", form) == {"Name": "t", "Attributes": {"DisplayName": "T&T"}}


def test_an_empty_list_is_told_from_none():
    assert parse("iam", "UntagRole", "TagKeys=") == {"TagKeys": []}
    assert parse("iam", "UntagRole", "") == {}


def test_parameters_may_stand_in_the_url():
    request = Request("GET", "/", "Action=GetRole&Version=2010-05-08&RoleName=r", {})
    assert query.parse(operation("iam", "GetRole"), request, {}) == {"RoleName": "r"}


def test_scalars_have_their_types():
    form = "RoleArn=a&RoleSessionName=s&DurationSeconds=900"
    assert parse("sts", "AssumeRole", form)["DurationSeconds"] == 900


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("AssumeRole", "DurationSeconds=soon"),
        ("AssumeRole", "DurationSeconds.member.1=1"),
        ("AssumeRole", "TransitiveTagKeys.member.x=1"),
        ("AssumeRole", ".".join(["Tags"] * 200) + "=1"),
    ],
)
def test_what_cannot_be_read_is_malformed(name: str, form: str):
    with pytest.raises(problems.MalformedInput):
        parse("sts", name, form)


@pytest.mark.parametrize("form", ["=&.", "RoleArn=a&RoleArn.=b", "..=x"])
def test_names_made_of_dots_are_only_unknown(form: str):
    assert set(parse("sts", "AssumeRole", form)) <= {"RoleArn"}


def test_a_reply_stands_in_its_result():
    reply = {"Account": "000000000000", "Arn": "arn:aws:iam::000000000000:root", "UserId": "<&>"}
    response = query.serialize(operation("sts", "GetCallerIdentity"), reply, "id")
    assert response.body == (
        b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        b"<Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn><UserId>&lt;&amp;&gt;</UserId>"
        b"</GetCallerIdentityResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
    assert response.header("content-type") == "text/xml"


def test_times_are_iso_8601():
    reply = {"Credentials": {"Expiration": datetime(2015, 1, 25, 8, tzinfo=UTC)}}
    response = query.serialize(operation("sts", "GetSessionToken"), reply, "id")
    assert isinstance(response.body, bytes)
    assert b"<Expiration>2015-01-25T08:00:00Z</Expiration>" in response.body


def test_an_operation_without_output_answers_with_its_metadata_alone():
    response = query.serialize(operation("iam", "DeleteRole"), {}, "id")
    assert response.body == (
        b'<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        b"<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteRoleResponse>"
    )


def test_an_error_has_the_code_of_this_protocol():
    response = query.serialize_error(operation("iam", "GetRole"), NoSuchEntity(name="r"), "id")
    assert response.status == 404
    assert response.body == (
        b'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>'
        b"<Message>The role with name r cannot be found.</Message></Error><RequestId>id</RequestId></ErrorResponse>"
    )


def test_an_unknown_action_is_answered_without_an_operation():
    response = query.serialize_error(None, problems.InvalidAction(action="Fly", version="1"), "id")
    assert isinstance(response.body, bytes)
    assert b"<Code>InvalidAction</Code>" in response.body


def test_what_the_path_tells_counts_where_the_form_does_not():
    send = models.query_service("sqs").operation("SendMessage")
    assert send is not None
    labels = {"QueueUrl": "http://localhost/000000000000/q"}
    request = Request("POST", "/000000000000/q", "", {}, b"MessageBody=m")
    assert query.parse(send, request, labels) == {"MessageBody": "m"} | labels
    request = Request("POST", "/000000000000/q", "", {}, b"MessageBody=m&QueueUrl=u")
    assert query.parse(send, request, labels)["QueueUrl"] == "u"
    lists = models.query_service("sqs").operation("ListQueues")
    assert lists is not None
    assert query.parse(lists, request, labels) == {}

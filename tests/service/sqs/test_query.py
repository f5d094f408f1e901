"""The query protocol of 2012-11-05, as older clients speak it: to the endpoint, and to the queue's own URL."""

import hashlib
import re
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import pytest

VERSION = "2012-11-05"
NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


@pytest.fixture
def call(raw):
    """``call("SendMessage", QueueUrl=…)``: the answer's root element. Dots in names are double underscores."""

    def ask(action, *, path="/", **parameters):
        form = {"Action": action, "Version": VERSION} | {name.replace("__", "."): text for name, text in parameters.items()}
        status, headers, body = raw("POST", path, body=urlencode(form).encode())
        assert headers["content-type"] == "text/xml"
        root = ET.fromstring(body)
        assert (status == 200) == (root.tag == f"{NAMESPACE}{action}Response"), body
        return root

    return ask


def text(root, path):
    found = root.find("/".join(f"{NAMESPACE}{part}" for part in path.split("/")))
    return None if found is None else found.text


def texts(root, path):
    return [each.text for each in root.iterfind("/".join(f"{NAMESPACE}{part}" for part in path.split("/")))]


def pairs(root, path, key="Name", value="Value"):
    found = root.iterfind("/".join(f"{NAMESPACE}{part}" for part in path.split("/")))
    return {text(each, key): text(each, value) for each in found}


def test_a_queue_is_made_with_attributes_and_tags_and_told(call, still, account):
    made = call(
        "CreateQueue",
        QueueName="q",
        Attribute__1__Name="DelaySeconds",
        Attribute__1__Value="5",
        Attribute__2__Name="VisibilityTimeout",
        Attribute__2__Value="60",
        Tag__1__Key="env",
        Tag__1__Value="prod",
    )
    url = text(made, "CreateQueueResult/QueueUrl")
    assert url.endswith(f"/{account}/q")
    assert len(text(made, "ResponseMetadata/RequestId")) == 36
    told = call("GetQueueAttributes", QueueUrl=url, AttributeName__1="DelaySeconds", AttributeName__2="VisibilityTimeout")
    found = pairs(told, "GetQueueAttributesResult/Attribute")
    assert found == {"DelaySeconds": "5", "VisibilityTimeout": "60"}
    assert pairs(call("ListQueueTags", QueueUrl=url), "ListQueueTagsResult/Tag", "Key") == {"env": "prod"}
    call("TagQueue", QueueUrl=url, Tag__1__Key="a", Tag__1__Value="b")
    call("UntagQueue", QueueUrl=url, TagKey__1="env")
    assert pairs(call("ListQueueTags", QueueUrl=url), "ListQueueTagsResult/Tag", "Key") == {"a": "b"}
    call("SetQueueAttributes", QueueUrl=url, Attribute__1__Name="DelaySeconds", Attribute__1__Value="0")
    assert texts(call("ListQueues"), "ListQueuesResult/QueueUrl") == [url]
    assert text(call("GetQueueUrl", QueueName="q"), "GetQueueUrlResult/QueueUrl") == url
    call("DeleteQueue", QueueUrl=url)


def test_a_message_goes_and_comes_with_its_attributes(call, queue, account):
    sent = call(
        "SendMessage",
        QueueUrl=queue,
        MessageBody="a <b> & c",
        MessageAttribute__1__Name="Author",
        MessageAttribute__1__Value__DataType="String",
        MessageAttribute__1__Value__StringValue="John",
        MessageAttribute__2__Name="Raw",
        MessageAttribute__2__Value__DataType="Binary",
        MessageAttribute__2__Value__BinaryValue="AAE=",
        MessageSystemAttribute__1__Name="AWSTraceHeader",
        MessageSystemAttribute__1__Value__DataType="String",
        MessageSystemAttribute__1__Value__StringValue="trace",
    )
    assert text(sent, "SendMessageResult/MD5OfMessageBody") == hashlib.md5(b"a <b> & c").hexdigest()
    assert text(sent, "SendMessageResult/MD5OfMessageSystemAttributes")
    received = call("ReceiveMessage", QueueUrl=queue, AttributeName__1="All", MessageAttributeName__1="All")
    message = received.find(f"{NAMESPACE}ReceiveMessageResult/{NAMESPACE}Message")
    assert text(message, "Body") == "a <b> & c"
    assert text(message, "MessageId") == text(sent, "SendMessageResult/MessageId")
    system = pairs(message, "Attribute")
    assert (system["SenderId"], system["ApproximateReceiveCount"], system["AWSTraceHeader"]) == (account, "1", "trace")
    assert pairs(message, "MessageAttribute", "Name", "Value/DataType") == {"Author": "String", "Raw": "Binary"}
    assert pairs(message, "MessageAttribute", "Name", "Value/BinaryValue")["Raw"] == "AAE="
    assert text(message, "MD5OfMessageAttributes") == text(sent, "SendMessageResult/MD5OfMessageAttributes")
    handle = text(message, "ReceiptHandle")
    changed = call("ChangeMessageVisibility", QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout="5")
    assert [child.tag for child in changed] == [f"{NAMESPACE}ResponseMetadata"]
    call("DeleteMessage", QueueUrl=queue, ReceiptHandle=handle)
    assert list(call("ReceiveMessage", QueueUrl=queue)[0]) == []


def test_batches_name_their_entries(call, queue):
    def entry(number, **members):
        return {f"SendMessageBatchRequestEntry__{number}__{name}": text for name, text in members.items()}

    sent = call(
        "SendMessageBatch",
        QueueUrl=queue,
        **entry(1, Id="a", MessageBody="one"),
        **entry(2, Id="b", MessageBody="two", DelaySeconds="901"),
        **entry(
            3,
            Id="c",
            MessageBody="three",
            MessageAttribute__1__Name="n",
            MessageAttribute__1__Value__DataType="Number",
            MessageAttribute__1__Value__StringValue="1",
        ),
    )
    assert texts(sent, "SendMessageBatchResult/SendMessageBatchResultEntry/Id") == ["a", "c"]
    failed = "SendMessageBatchResult/BatchResultErrorEntry"
    assert (text(sent, f"{failed}/Id"), text(sent, f"{failed}/Code")) == ("b", "InvalidParameterValue")
    assert text(sent, f"{failed}/SenderFault") == "true"
    received = call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages="10")
    first, second = texts(received, "ReceiveMessageResult/Message/ReceiptHandle")
    changed = call(
        "ChangeMessageVisibilityBatch",
        QueueUrl=queue,
        ChangeMessageVisibilityBatchRequestEntry__1__Id="x",
        ChangeMessageVisibilityBatchRequestEntry__1__ReceiptHandle=first,
        ChangeMessageVisibilityBatchRequestEntry__1__VisibilityTimeout="60",
    )
    path = "ChangeMessageVisibilityBatchResult/ChangeMessageVisibilityBatchResultEntry/Id"
    assert texts(changed, path) == ["x"]
    deleted = call(
        "DeleteMessageBatch",
        QueueUrl=queue,
        DeleteMessageBatchRequestEntry__1__Id="x",
        DeleteMessageBatchRequestEntry__1__ReceiptHandle=first,
        DeleteMessageBatchRequestEntry__2__Id="y",
        DeleteMessageBatchRequestEntry__2__ReceiptHandle=second,
        DeleteMessageBatchRequestEntry__3__Id="z",
        DeleteMessageBatchRequestEntry__3__ReceiptHandle="none",
    )
    assert texts(deleted, "DeleteMessageBatchResult/DeleteMessageBatchResultEntry/Id") == ["x", "y"]
    assert texts(deleted, "DeleteMessageBatchResult/BatchResultErrorEntry/Code") == ["ReceiptHandleIsInvalid"]


def test_permissions_and_move_tasks_are_there_too(call, sqs, queue, account, advance):
    call("AddPermission", QueueUrl=queue, Label="l", AWSAccountId__1="111122223333", ActionName__1="SendMessage")
    policy = pairs(call("GetQueueAttributes", QueueUrl=queue, AttributeName__1="Policy"), "GetQueueAttributesResult/Attribute")
    assert "SQS:SendMessage" in policy["Policy"]
    call("RemovePermission", QueueUrl=queue, Label="l")
    arn = f"arn:aws:sqs:us-east-1:{account}:queue"
    redrive = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}'
    source = sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    listed = call("ListDeadLetterSourceQueues", QueueUrl=queue)
    (url,) = texts(listed, "ListDeadLetterSourceQueuesResult/QueueUrl")
    assert url.rpartition("/")[2] == source.rpartition("/")[2]
    assert text(call("StartMessageMoveTask", SourceArn=arn), "StartMessageMoveTaskResult/TaskHandle")
    advance(0)
    tasks = call("ListMessageMoveTasks", SourceArn=arn)
    assert texts(tasks, "ListMessageMoveTasksResult/ListMessageMoveTasksResultEntry/Status") == ["COMPLETED"]


def test_an_error_has_its_old_code_and_wording(call, queue, raw):
    error = call("SendMessage", QueueUrl=f"{queue}x", MessageBody="m")
    assert error.tag == f"{NAMESPACE}ErrorResponse"
    assert text(error, "Error/Type") == "Sender"
    assert text(error, "Error/Code") == "AWS.SimpleQueueService.NonExistentQueue"
    assert text(error, "Error/Message") == "The specified queue does not exist for this wsdl version."
    missing = call("SendMessage", QueueUrl=queue)
    assert (text(missing, "Error/Code"), text(missing, "Error/Message")) == (
        "MissingParameter",
        "The request must contain the parameter MessageBody.",
    )
    wrong = call("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages="11")
    assert text(wrong, "Error/Code") == "InvalidParameterValue"


def test_the_queues_own_url_needs_no_name_of_the_queue(call, queue, raw, account):
    path = f"/{account}/queue"
    call("SendMessage", path=path, MessageBody="posted")
    status, _, body = raw("GET", f"{path}?Action=SendMessage&MessageBody=got+it")
    assert (status, b"<SendMessageResponse" in body) == (200, True), body
    host = f"sqs.us-east-1.localhost:{queue.split(':')[2].split('/')[0]}"
    status, _, body = raw("GET", f"{path}?Action=SendMessage&Version={VERSION}&MessageBody=there", host=host)
    assert status == 200
    received = call("ReceiveMessage", path=path, MaxNumberOfMessages="10")
    assert sorted(texts(received, "ReceiveMessageResult/Message/Body")) == ["got it", "posted", "there"]


def test_a_queues_url_is_called_in_json_too(raw, queue, account):
    body = b'{"QueueUrl": "%s", "MessageBody": "m"}' % queue.encode()
    status, _, answer = raw("POST", f"/{account}/queue", target="AmazonSQS.SendMessage", body=body)
    assert status == 200
    assert b"MD5OfMessageBody" in answer


def test_json_errors_carry_the_old_code_in_a_header(raw, queue):
    status, headers, body = raw("POST", "/", target="AmazonSQS.SendMessage", body=b'{"QueueUrl": "none", "MessageBody": "m"}')
    assert status == 400
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert b'"com.amazonaws.sqs#QueueDoesNotExist"' in body
    body = b'{"QueueUrl": "%s", "MaxNumberOfMessages": 11}' % queue.encode()
    _, headers, body = raw("POST", "/", target="AmazonSQS.ReceiveMessage", body=body)
    assert headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    assert re.search(rb'"__type":"com.amazonaws.sqs#InvalidParameterValueException"', body)


def test_who_does_not_sign_is_the_default_account(raw, client, queue, account):
    mine = client("sqs", account="000000000000")
    url = mine.create_queue(QueueName=f"open-{account}")["QueueUrl"]
    path = f"/000000000000/open-{account}"
    assert raw("GET", f"{path}?Action=SendMessage&MessageBody=m", signed=False)[0] == 200
    assert mine.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "m"
    assert raw("GET", f"/{account}/queue?Action=SendMessage&MessageBody=m", signed=False)[0] == 403


def test_an_action_that_there_is_not_is_refused(raw):
    status, _, body = raw("POST", "/", body=f"Action=Levitate&Version={VERSION}".encode())
    assert (status, b"<Code>InvalidAction</Code>" in body) == (400, True)

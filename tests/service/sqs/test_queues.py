"""Queues: made, found, listed, changed, purged, deleted, tagged."""

import json

import pytest


def test_a_queue_is_made_and_found_by_its_name(sqs, still, account):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert url == f"{still.url}/{account}/orders"
    assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName="orders", QueueOwnerAWSAccountId=account)["QueueUrl"] == url


def test_a_queue_has_the_attributes_that_aws_gives_it(sqs, queue, account):
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    stamps = [attributes.pop(name) for name in ("CreatedTimestamp", "LastModifiedTimestamp")]
    assert all(stamp.isdigit() and len(stamp) == 10 for stamp in stamps)
    assert attributes == {
        "QueueArn": f"arn:aws:sqs:us-east-1:{account}:queue",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }


def test_a_fifo_queue_tells_what_only_it_has(sqs, fifo):
    attributes = sqs.get_queue_attributes(QueueUrl=fifo, AttributeNames=["All"])["Attributes"]
    own = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
    assert {name: attributes[name] for name in own} == {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
    }


def test_attributes_are_told_by_name_and_none_when_none_is_asked_for(sqs, queue):
    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["DelaySeconds"])["Attributes"] == {"DelaySeconds": "0"}
    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"] == {}
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue)


def test_attributes_change(sqs, queue, attribute, advance):
    before = int(attribute(queue, "LastModifiedTimestamp"))
    advance(10)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "0", "MaximumMessageSize": "2048"})
    assert (attribute(queue, "VisibilityTimeout"), attribute(queue, "MaximumMessageSize")) == ("0", "2048")
    assert int(attribute(queue, "LastModifiedTimestamp")) == before + 10
    assert int(attribute(queue, "CreatedTimestamp")) == before


def test_a_queue_that_is_there_is_made_again_only_as_it_is(sqs, refused):
    settings = {"DelaySeconds": "5", "VisibilityTimeout": "60"}
    url = sqs.create_queue(QueueName="orders", Attributes=settings)["QueueUrl"]
    assert sqs.create_queue(QueueName="orders", Attributes=settings)["QueueUrl"] == url
    assert sqs.create_queue(QueueName="orders")["QueueUrl"] == url
    assert refused("create_queue", QueueName="orders", Attributes={"DelaySeconds": "6"}) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
    )


NAMES = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


@pytest.mark.parametrize("name", ["in.valid", "é", "a" * 81, "almost.fifo"])
def test_a_name_that_no_queue_can_have_is_refused(refused, name):
    assert refused("create_queue", QueueName=name) == ("InvalidParameterValue", NAMES)


def test_a_fifo_queue_has_a_name_of_its_kind(refused):
    code, message = refused("create_queue", QueueName="orders", Attributes={"FifoQueue": "true"})
    assert code == "InvalidParameterValue"
    assert "must end with .fifo suffix" in message
    assert refused("create_queue", QueueName="orders.fifo", Attributes={"FifoQueue": "false"}) == (
        "InvalidAttributeName",
        "Unknown Attribute FifoQueue.",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("DelaySeconds", value) for value in ("-1", "901", "5.5", "", " 6", "x")),
        *(("MaximumMessageSize", value) for value in ("1023", "1048577")),
        *(("MessageRetentionPeriod", value) for value in ("59", "1209601")),
        *(("ReceiveMessageWaitTimeSeconds", value) for value in ("-1", "21")),
        *(("VisibilityTimeout", value) for value in ("-1", "43201")),
        *(("KmsDataKeyReusePeriodSeconds", value) for value in ("59", "86401")),
        ("SqsManagedSseEnabled", "perhaps"),
        ("Policy", "no policy"),
    ],
)
def test_a_value_out_of_range_is_refused(refused, queue, name, value):
    expected = ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    assert refused("create_queue", QueueName="other", Attributes={name: value}) == expected
    assert refused("set_queue_attributes", QueueUrl=queue, Attributes={name: value}) == expected


@pytest.mark.parametrize(
    "name", ["Altitude", "QueueArn", "ApproximateNumberOfMessages", "FifoQueue", "ContentBasedDeduplication"]
)
def test_an_attribute_that_cannot_be_set_is_refused(refused, queue, name):
    expected = ("InvalidAttributeName", f"Unknown Attribute {name}.")
    assert refused("set_queue_attributes", QueueUrl=queue, Attributes={name: "true"}) == expected


def test_an_attribute_that_cannot_be_told_is_refused(refused, queue):
    expected = ("InvalidAttributeName", "Unknown Attribute Altitude.")
    assert refused("get_queue_attributes", QueueUrl=queue, AttributeNames=["Altitude"]) == expected


@pytest.mark.parametrize("name", ["DeduplicationScope", "FifoThroughputLimit"])
def test_what_only_fifo_queues_have_is_refused_elsewhere(refused, name):
    values = {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
    assert refused("create_queue", QueueName="orders", Attributes={name: values[name]}) == (
        "InvalidAttributeName",
        f"You can specify the {name} only when FifoQueue is set to true.",
    )


def test_the_kind_of_a_queue_cannot_change(refused, fifo):
    assert refused("set_queue_attributes", QueueUrl=fifo, Attributes={"FifoQueue": "false"}) == (
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    )


def test_high_throughput_needs_deduplication_by_group(sqs, refused, fifo):
    limit = {"FifoThroughputLimit": "perMessageGroupId"}
    assert refused("set_queue_attributes", QueueUrl=fifo, Attributes=limit)[0] == "InvalidAttributeValue"
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={**limit, "DeduplicationScope": "messageGroup"})


def test_a_queue_has_one_kind_of_encryption(sqs, queue, refused, attribute):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (told["KmsMasterKeyId"], told["KmsDataKeyReusePeriodSeconds"]) == ("alias/aws/sqs", "300")
    assert told["SqsManagedSseEnabled"] == "false"
    both = {"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"}
    assert refused("create_queue", QueueName="other", Attributes=both) == (
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    )
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": "", "SqsManagedSseEnabled": "true"})
    assert attribute(queue, "KmsMasterKeyId") is None


def test_queues_are_listed_by_prefix_and_in_pages(sqs):
    for name in ("b-1", "a-1", "a-2", "a-3"):
        sqs.create_queue(QueueName=name)
    assert _names(sqs.list_queues()) == ["a-1", "a-2", "a-3", "b-1"]
    assert _names(sqs.list_queues(QueueNamePrefix="a-")) == ["a-1", "a-2", "a-3"]
    first = sqs.list_queues(QueueNamePrefix="a-", MaxResults=2)
    rest = sqs.list_queues(QueueNamePrefix="a-", MaxResults=2, NextToken=first["NextToken"])
    assert (_names(first), _names(rest), "NextToken" in rest) == (["a-1", "a-2"], ["a-3"], False)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="z")


def test_pages_have_a_size(refused):
    assert refused("list_queues", MaxResults=1001)[0] == "InvalidParameterValue"
    assert refused("list_queues", NextToken="é")[0] == "InvalidParameterValue"


def _names(listed):
    return [url.rpartition("/")[2] for url in listed["QueueUrls"]]


def test_regions_and_accounts_have_queues_of_their_own(client, queue):
    assert "QueueUrls" not in client("sqs", region="eu-west-1").list_queues()
    assert "QueueUrls" not in client("sqs", account="999988887777").list_queues()


def test_a_queue_that_is_not_there_is_told_by_its_old_code(sqs, refused, queue):
    expected = ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    assert refused("get_queue_url", QueueName="other") == expected
    assert refused("send_message", QueueUrl=f"{queue}x", MessageBody="m") == expected
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.receive_message(QueueUrl=f"{queue}x")


def test_an_address_that_names_no_queue_is_refused(refused, still):
    url = f"{still.url}/queue"
    assert refused("send_message", QueueUrl=url, MessageBody="m") == (
        "InvalidAddress",
        f"The address {url} is not valid for this endpoint.",
    )


def test_a_deleted_queue_is_gone_with_its_messages(sqs, queue, refused, advance, bodies):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    sqs.delete_queue(QueueUrl=queue)
    assert refused("receive_message", QueueUrl=queue)[0] == "AWS.SimpleQueueService.NonExistentQueue"
    advance(60)
    sqs.create_queue(QueueName="queue")
    assert bodies(queue) == []


def test_a_name_is_free_again_a_minute_after_its_queue_was_deleted(sqs, queue, refused, advance):
    sqs.delete_queue(QueueUrl=queue)
    assert refused("create_queue", QueueName="queue") == (
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )
    advance(59.9)
    assert refused("create_queue", QueueName="queue")[0] == "AWS.SimpleQueueService.QueueDeletedRecently"
    advance(0.1)
    sqs.create_queue(QueueName="queue")


def test_a_purge_removes_what_is_visible_delayed_and_in_flight(sqs, queue, bodies, advance):
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number), DelaySeconds=10 if number == 2 else 0)
    held = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    sqs.purge_queue(QueueUrl=queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=held["ReceiptHandle"])
    sqs.send_message(QueueUrl=queue, MessageBody="new")
    advance(40)
    assert bodies(queue) == ["new"]


def test_a_queue_is_purged_at_most_once_a_minute(sqs, queue, refused, advance):
    sqs.purge_queue(QueueUrl=queue)
    assert refused("purge_queue", QueueUrl=queue) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on queue is allowed every 60 seconds.",
    )
    advance(60)
    sqs.purge_queue(QueueUrl=queue)


def test_tags_come_and_go(sqs):
    url = sqs.create_queue(QueueName="tagged", tags={"made": "yes"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"env": "prod", "empty": ""})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"made": "yes", "env": "prod", "empty": ""}
    sqs.untag_queue(QueueUrl=url, TagKeys=["made", "empty", "other"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"env": "prod"}


def test_a_queue_has_at_most_fifty_tags(queue, refused):
    tags = {f"k{number}": "v" for number in range(51)}
    assert refused("tag_queue", QueueUrl=queue, Tags=tags) == (
        "InvalidParameterValue",
        "Too many tags added for queue queue.",
    )


# ---- permissions -----------------------------------------------------------------------------------------------------


def test_permissions_are_statements_of_the_policy(sqs, queue, account, attribute, refused):
    ask = {"QueueUrl": queue, "AWSAccountIds": ["111122223333", "444455556666"], "Actions": ["ReceiveMessage"]}
    sqs.add_permission(**ask, Label="both")
    arn = f"arn:aws:sqs:us-east-1:{account}:queue"
    assert json.loads(attribute(queue, "Policy")) == {
        "Version": "2008-10-17",
        "Id": f"{arn}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "both",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]},
                "Action": "SQS:ReceiveMessage",
                "Resource": arn,
            }
        ],
    }
    assert refused("add_permission", **ask, Label="both") == (
        "InvalidParameterValue",
        "Value both for parameter Label is invalid. Reason: Already exists.",
    )
    sqs.remove_permission(QueueUrl=queue, Label="both")
    assert attribute(queue, "Policy") is None
    assert refused("remove_permission", QueueUrl=queue, Label="both") == (
        "InvalidParameterValue",
        "Value both for parameter Label is invalid. Reason: can't find label.",
    )


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"Label": "no good"}, "InvalidParameterValue", "for parameter Label"),
        ({"AWSAccountIds": ["me"]}, "InvalidParameterValue", "Value [me] for parameter PrincipalId"),
        ({"Actions": ["DeleteQueue"]}, "InvalidParameterValue", "Only the queue owner is allowed"),
        ({"Actions": ["Levitate"]}, "InvalidParameterValue", "Please refer to the appropriate WSDL"),
        ({"Actions": ["SendMessage"] * 8}, "OverLimit", "8 Actions were found, maximum allowed is 7."),
    ],
)
def test_a_permission_that_cannot_be_given_is_refused(queue, refused, changes, code, part):
    ask = {"QueueUrl": queue, "Label": "l", "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage"]}
    assert refused("add_permission", **(ask | changes))[0] == code
    assert part in refused("add_permission", **(ask | changes))[1]


def test_another_account_gets_in_where_the_policy_lets_it(sqs, client, queue):
    stranger = client("sqs", account="111122223333")
    with pytest.raises(stranger.exceptions.ClientError, match=r"Access to the resource .* is denied\."):
        stranger.send_message(QueueUrl=queue, MessageBody="m")
    sqs.add_permission(QueueUrl=queue, Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    stranger.send_message(QueueUrl=queue, MessageBody="m")
    with pytest.raises(stranger.exceptions.ClientError):
        stranger.receive_message(QueueUrl=queue)


def test_another_account_is_told_the_url_where_the_policy_lets_it(sqs, client, queue, account, still):
    stranger = client("sqs", account="111122223333")
    with pytest.raises(stranger.exceptions.ClientError, match=rf"Access to the resource {still.url}/ is denied\.") as refused:
        stranger.get_queue_url(QueueName="queue", QueueOwnerAWSAccountId=account)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    sqs.add_permission(QueueUrl=queue, Label="l", AWSAccountIds=["111122223333"], Actions=["GetQueueUrl"])
    assert stranger.get_queue_url(QueueName="queue", QueueOwnerAWSAccountId=account)["QueueUrl"] == queue


# ---- addresses -------------------------------------------------------------------------------------------------------


def test_a_url_names_its_queue_by_its_path_at_whatever_host(sqs, queue, account, bodies):
    for host in ("https://queue.amazonaws.com", "http://localhost:9", "https://sqs.us-east-1.amazonaws.com"):
        sqs.send_message(QueueUrl=f"{host}/{account}/queue", MessageBody="m")
    sqs.send_message(QueueUrl="queue", MessageBody="m")
    assert bodies(queue) == ["m"] * 4


def test_a_host_that_says_a_region_means_its_queues(client, account, still):
    port = still.config.port
    there = client("sqs", region="eu-west-1")
    url = there.create_queue(QueueName="far")["QueueUrl"]
    for host in ("sqs.eu-west-1.localhost", "eu-west-1.queue.localhost"):
        near = client("sqs", region="us-east-1")
        near.send_message(QueueUrl=f"http://{host}:{port}/{account}/far", MessageBody=host)
    assert len(there.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 2


def test_who_comes_to_a_host_of_a_region_is_told_urls_of_that_host(client, account, raw, still):
    host = f"sqs.eu-west-1.localhost:{still.config.port}"
    made = json.loads(raw("POST", "/", host=host, target="AmazonSQS.CreateQueue", body=b'{"QueueName": "far"}')[2])
    assert made["QueueUrl"] == f"http://{host}/{account}/far"
    raw("POST", "/", host=host, target="AmazonSQS.SendMessage", body=json.dumps(made | {"MessageBody": "m"}).encode())
    there = client("sqs", region="eu-west-1")
    url = there.get_queue_url(QueueName="far")["QueueUrl"]
    assert there.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "m"

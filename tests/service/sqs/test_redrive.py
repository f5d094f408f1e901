"""Dead letters: when they move, what they keep, who may send them, and how they come back."""

import base64
import json

import pytest


def redrive(target_arn, count):
    return json.dumps({"deadLetterTargetArn": target_arn, "maxReceiveCount": count})


@pytest.fixture
def arn(account):
    return lambda name: f"arn:aws:sqs:us-east-1:{account}:{name}"


@pytest.fixture
def dead(sqs):
    url: str = sqs.create_queue(QueueName="dead")["QueueUrl"]
    return url


@pytest.fixture
def source(sqs, dead, arn):
    url: str = sqs.create_queue(QueueName="source", Attributes={"RedrivePolicy": redrive(arn("dead"), 2)})["QueueUrl"]
    return url


@pytest.fixture
def bury(sqs, source, bodies, advance):
    """``bury("a", "b")``: messages that are received too often."""

    def each(*texts):
        for text in texts:
            sqs.send_message(QueueUrl=source, MessageBody=text)
        for _ in range(3):
            while bodies(source):
                pass
            advance(30)

    return each


def test_a_message_received_too_often_lies_in_the_dead_letter_queue_as_it_was(sqs, source, dead, receive, bodies, advance, arn):
    attributes = {"a": {"DataType": "String", "StringValue": "v"}}
    sent = sqs.send_message(QueueUrl=source, MessageBody="x" * 5_000, MessageAttributes=attributes)
    first = receive(source)
    advance(30)
    assert receive(source)["Attributes"]["ApproximateReceiveCount"] == "2"
    advance(30)
    assert bodies(source) == []
    message = receive(dead)
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "x" * 5_000)
    assert message["MessageAttributes"] == attributes
    told = message["Attributes"]
    assert told["SentTimestamp"] == first["Attributes"]["SentTimestamp"]
    assert told["DeadLetterQueueSourceArn"] == arn("source")
    assert told["ApproximateReceiveCount"] == "3"
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
    advance(60)
    assert bodies(source) == bodies(dead) == []


def test_good_messages_are_not_held_up_by_dead_ones(sqs, source, dead, bodies, advance):
    for number in range(25):
        sqs.send_message(QueueUrl=source, MessageBody=f"bad-{number}")
    for _ in range(2):
        for _ in range(3):
            bodies(source)
        advance(30)
    sqs.send_message(QueueUrl=source, MessageBody="good")
    assert bodies(source) == ["good"]
    assert len(bodies(dead)) == 10


def test_the_handle_of_a_dead_letter_deletes_nothing(sqs, source, dead, receive, bodies, advance):
    sqs.send_message(QueueUrl=source, MessageBody="m")
    for _ in range(2):
        handle = receive(source)["ReceiptHandle"]
        advance(30)
    assert bodies(source) == []
    sqs.delete_message(QueueUrl=source, ReceiptHandle=handle)
    assert bodies(dead) == ["m"]


def test_dead_letters_of_a_queue_that_is_gone_stay_where_they_are(sqs, source, dead, bodies, advance):
    sqs.send_message(QueueUrl=source, MessageBody="m")
    sqs.delete_queue(QueueUrl=dead)
    for _ in range(4):
        assert bodies(source) == ["m"]
        advance(30)


def test_a_dead_letter_expires_by_the_time_it_was_sent(sqs, source, dead, bodies, advance):
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"MessageRetentionPeriod": "100"})
    sqs.send_message(QueueUrl=source, MessageBody="m")
    for _ in range(3):
        bodies(source)
        advance(30)
    assert bodies(dead, VisibilityTimeout=0) == ["m"]
    advance(10)
    assert bodies(dead) == []


def test_a_fifo_queue_has_fifo_dead_letters_in_order_that_expire_by_when_they_came(sqs, arn, bodies, advance):
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes={**fifo, "MessageRetentionPeriod": "60"})["QueueUrl"]
    policy = {"RedrivePolicy": redrive(arn("dead.fifo"), 1)}
    source = sqs.create_queue(QueueName="source.fifo", Attributes=fifo | policy)["QueueUrl"]
    for text in "abc":
        sqs.send_message(QueueUrl=source, MessageBody=text, MessageGroupId="g")
    assert bodies(source) == ["a", "b", "c"]
    advance(50)
    sqs.send_message(QueueUrl=source, MessageBody="d", MessageGroupId="g")
    assert bodies(source) == ["d"]
    advance(50)
    assert bodies(dead) == ["a", "b", "c"]


def test_sources_are_listed_in_pages(sqs, dead, arn):
    for number in range(3):
        sqs.create_queue(QueueName=f"s{number}", Attributes={"RedrivePolicy": redrive(arn("dead"), 5)})
    first = sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2)
    rest = sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2, NextToken=first["NextToken"])
    names = [url.rpartition("/")[2] for url in first["queueUrls"] + rest["queueUrls"]]
    assert names == ["s0", "s1", "s2"]
    sqs.set_queue_attributes(QueueUrl=first["queueUrls"][0], Attributes={"RedrivePolicy": ""})
    assert len(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]) == 2


# ---- policies --------------------------------------------------------------------------------------------------------


def test_a_redrive_policy_is_told_with_its_count_as_a_number(sqs, queue, dead, arn, attribute):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive(arn("dead"), "5")})
    assert json.loads(attribute(queue, "RedrivePolicy")) == {"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 5}


ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:dead"


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("{}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ('{"maxReceiveCount":5}', "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        (
            '{"deadLetterTargetArn":"a","maxReceiveCount":5,"x":1}',
            "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
        ),
        *(
            (
                f'{{"deadLetterTargetArn":"{ELSEWHERE}","maxReceiveCount":{count}}}',
                f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive.",
            )
            for count in (0, -36, 1001)
        ),
        ('{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}', "Invalid value for deadLetterTargetArn."),
        (
            '{"deadLetterTargetArn":"arn:aws:sns:us-east-1:111122223333:t","maxReceiveCount":5}',
            "Only SQS queues are valid resources for deadLetterTargetArn.",
        ),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d.fifo","maxReceiveCount":5}',
            "Dead-letter queue must be same type of queue as the source..",
        ),
        (
            f'{{"deadLetterTargetArn":"{ELSEWHERE}","maxReceiveCount":5}}',
            "Dead-letter target owner should be same as the source.",
        ),
    ],
)
def test_a_redrive_policy_that_is_none_is_refused(refused, policy, reason):
    assert refused("create_queue", QueueName="q", Attributes={"RedrivePolicy": policy}) == (
        "InvalidParameterValue",
        f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}",
    )


def test_a_dead_letter_queue_must_be_there(refused, arn):
    policy = json.dumps({"deadLetterTargetArn": arn("nowhere"), "maxReceiveCount": 5}, separators=(",", ":"))
    assert refused("create_queue", QueueName="q", Attributes={"RedrivePolicy": policy}) == (
        "InvalidParameterValue",
        f"Value {policy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
    )


@pytest.mark.parametrize("policy", [" ", "4", "[]"])
def test_a_redrive_policy_is_a_map(refused, policy):
    assert refused("create_queue", QueueName="q", Attributes={"RedrivePolicy": policy}) == (
        "InvalidAttributeValue",
        "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
    )


@pytest.mark.parametrize(
    "policy",
    [
        "badjson",
        "[]",
        "{}",
        '{"redrivePermission":"dummy"}',
        '{"redrivePermission":"allowAll","x":"y"}',
        '{"redrivePermission":"byQueue","sourceQueueArns":"arn"}',
        '{"redrivePermission":"byQueue","sourceQueueArns":[{}]}',
    ],
)
def test_a_redrive_allow_policy_has_a_form(refused, queue, policy):
    code, message = refused("set_queue_attributes", QueueUrl=queue, Attributes={"RedriveAllowPolicy": policy})
    assert code == "InvalidAttributeValue"
    assert message.startswith("Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (
            '{"redrivePermission":"byQueue","sourceQueueArns":[]}',
            "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
        ),
        (
            json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [ELSEWHERE] * 11}),
            "The maximum number of source queue ARNs you can specify is 10.",
        ),
        (
            json.dumps({"redrivePermission": "denyAll", "sourceQueueArns": [ELSEWHERE]}),
            "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
        ),
    ],
)
def test_a_redrive_allow_policy_names_sources_where_it_should(refused, queue, policy, reason):
    assert refused("set_queue_attributes", QueueUrl=queue, Attributes={"RedriveAllowPolicy": policy}) == (
        "InvalidParameterValue",
        f"Value {policy} for parameter RedriveAllowPolicy is invalid."
        f" Reason: Amazon SQS can't create the redrive allow policy. {reason}",
    )


def test_a_dead_letter_queue_says_whose_letters_it_takes(sqs, queue, dead, arn, refused):
    mine = {"RedrivePolicy": redrive(arn("dead"), 5)}
    for permission in ({"redrivePermission": "denyAll"}, {"redrivePermission": "byQueue", "sourceQueueArns": [arn("other")]}):
        sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(permission)})
        assert refused("set_queue_attributes", QueueUrl=queue, Attributes=mine)[0] == "InvalidParameterValue"
    named = {"redrivePermission": "byQueue", "sourceQueueArns": [arn("queue")]}
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(named)})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=mine)


# ---- moving back -----------------------------------------------------------------------------------------------------


def test_dead_letters_go_back_to_where_they_came_from(sqs, source, dead, arn, bury, bodies, advance, receive):
    bury("a", "b", "x" * 3_000)
    handle = sqs.start_message_move_task(SourceArn=arn("dead"))["TaskHandle"]
    assert json.loads(base64.b64decode(handle))["sourceArn"] == arn("dead")
    advance(0)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert isinstance(task.pop("StartedTimestamp"), int)
    assert task == {
        "Status": "COMPLETED",
        "SourceArn": arn("dead"),
        "ApproximateNumberOfMessagesMoved": 3,
        "ApproximateNumberOfMessagesToMove": 3,
    }
    assert bodies(dead) == []
    assert sorted(bodies(source)) == ["a", "b", "x" * 3_000]
    advance(30)
    told = receive(source)["Attributes"]
    assert (told["ApproximateReceiveCount"], "DeadLetterQueueSourceArn" in told) == ("2", False)


def test_dead_letters_may_go_elsewhere(sqs, queue, dead, arn, bury, bodies, advance):
    bury("a")
    sqs.start_message_move_task(SourceArn=arn("dead"), DestinationArn=arn("queue"))
    advance(0)
    assert bodies(queue) == ["a"]
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert task["DestinationArn"] == arn("queue")


def test_a_task_keeps_to_its_rate_and_can_be_cancelled_by_its_account(
    sqs, client, queue, dead, arn, bury, attribute, advance, refused
):
    bury(*(f"m{number}" for number in range(10)))
    ask = {"SourceArn": arn("dead"), "DestinationArn": arn("queue"), "MaxNumberOfMessagesPerSecond": 2}
    handle = sqs.start_message_move_task(**ask)["TaskHandle"]
    advance(0)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert (task["Status"], task["TaskHandle"], task["MaxNumberOfMessagesPerSecond"]) == ("RUNNING", handle, 2)
    assert refused("start_message_move_task", **ask) == (
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    )
    advance(2)
    assert attribute(queue, "ApproximateNumberOfMessages") == "6"
    stranger = client("sqs", account="111122223333")
    with pytest.raises(stranger.exceptions.ClientError, match="ResourceNotFoundException"):
        stranger.cancel_message_move_task(TaskHandle=handle)
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 6
    advance(10)
    assert attribute(queue, "ApproximateNumberOfMessages") == "6"
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert (task["Status"], "TaskHandle" in task) == ("CANCELLED", False)
    assert refused("cancel_message_move_task", TaskHandle=handle)[0] == "InvalidParameterValue"


def test_many_dead_letters_move_in_steps(sqs, source, dead, queue, arn, attribute, advance):
    for _ in range(50):
        entries = [{"Id": str(number), "MessageBody": "m"} for number in range(10)]
        sqs.send_message_batch(QueueUrl=dead, Entries=entries)
    sqs.start_message_move_task(SourceArn=arn("dead"), DestinationArn=arn("queue"))
    advance(0)
    assert attribute(queue, "ApproximateNumberOfMessages") == "500"
    assert attribute(dead, "ApproximateNumberOfMessages") == "0"


def test_fifo_dead_letters_go_back_in_order(sqs, arn, bodies, advance):
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
    policy = {"RedrivePolicy": redrive(arn("dead.fifo"), 1)}
    source = sqs.create_queue(QueueName="source.fifo", Attributes=fifo | policy)["QueueUrl"]
    for number in range(12):
        sqs.send_message(QueueUrl=source, MessageBody=str(number), MessageGroupId="g")
    for _ in range(3):
        bodies(source)
        advance(30)
    bodies(source)
    sqs.start_message_move_task(SourceArn=arn("dead.fifo"))
    advance(0)
    assert bodies(dead) == []
    assert bodies(source) == [str(number) for number in range(10)]


def test_a_message_that_never_was_elsewhere_cannot_go_back(sqs, source, dead, arn, advance):
    sqs.send_message(QueueUrl=dead, MessageBody="m")
    sqs.start_message_move_task(SourceArn=arn("dead"))
    advance(0)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")


def test_a_task_fails_when_its_destination_goes(sqs, source, dead, queue, arn, bury, advance):
    bury("a", "b", "c")
    ask = {"SourceArn": arn("dead"), "DestinationArn": arn("queue"), "MaxNumberOfMessagesPerSecond": 1}
    sqs.start_message_move_task(**ask)
    advance(0)
    sqs.delete_queue(QueueUrl=queue)
    advance(1)
    (task,) = sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert task["ApproximateNumberOfMessagesMoved"] == 1


def test_the_last_ten_tasks_are_listed(sqs, source, dead, arn, advance, refused):
    for _ in range(12):
        sqs.start_message_move_task(SourceArn=arn("dead"))
        advance(0)
    assert len(sqs.list_message_move_tasks(SourceArn=arn("dead"), MaxResults=10)["Results"]) == 10
    assert len(sqs.list_message_move_tasks(SourceArn=arn("dead"))["Results"]) == 1
    assert refused("list_message_move_tasks", SourceArn=arn("dead"), MaxResults=11)[0] == "InvalidParameterValue"


def handle(task_id, source_arn):
    return base64.b64encode(json.dumps({"taskId": task_id, "sourceArn": source_arn}).encode()).decode()


def test_a_task_that_makes_no_sense_is_refused(source, dead, queue, arn, refused):
    gone = "The resource that you specified for the {} parameter doesn't exist."
    assert refused("start_message_move_task", SourceArn=arn("nowhere")) == (
        "ResourceNotFoundException",
        gone.format("SourceArn"),
    )
    assert refused("start_message_move_task", SourceArn=arn("queue")) == (
        "InvalidParameterValue",
        "Source queue must be configured as a Dead Letter Queue.",
    )
    ask = {"SourceArn": arn("dead")}
    assert refused("start_message_move_task", **ask, DestinationArn=arn("nowhere")) == (
        "ResourceNotFoundException",
        gone.format("DestinationArn"),
    )
    assert refused("start_message_move_task", **ask, DestinationArn=arn("dead"))[0] == "InvalidParameterValue"
    assert refused("start_message_move_task", **ask, MaxNumberOfMessagesPerSecond=501)[0] == "InvalidParameterValue"
    assert refused("cancel_message_move_task", TaskHandle="foobar") == (
        "InvalidParameterValue",
        "Value for parameter TaskHandle is invalid.",
    )
    assert refused("cancel_message_move_task", TaskHandle=handle("t", arn("nowhere"))) == (
        "ResourceNotFoundException",
        gone.format("SourceArn"),
    )
    assert refused("cancel_message_move_task", TaskHandle=handle("t", arn("dead"))) == (
        "ResourceNotFoundException",
        "Task does not exist.",
    )

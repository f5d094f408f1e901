"""``--auth iam``: callers may do what their policies allow, and are told why not."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.testing import LocalPlatform

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="iam") as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(guarded: LocalPlatform) -> Iterator[None]:
    yield
    guarded.run(guarded.platform.reset(None))


@pytest.fixture
def as_root(guarded: LocalPlatform) -> Callable[..., Any]:
    """``as_root("iam", "CreateUser", UserName="ada")``: in process, where nobody is asked who he is."""
    context = Context(ACCOUNT, "us-east-1", "test", ROOT, guarded.url)

    def call(service: str, operation: str, **parameters: Any) -> Any:
        return guarded.run(guarded.platform.call(context, service, operation, parameters))

    return call


@pytest.fixture
def connect(guarded: LocalPlatform) -> Callable[..., Any]:
    """``connect("s3", credentials)``: a client that signs with them."""

    def make(service: str, credentials: dict[str, Any]) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=guarded.url,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
        )

    return make


@pytest.fixture
def ada(as_root: Callable[..., Any]) -> dict[str, Any]:
    """A user's keys."""
    as_root("iam", "CreateUser", UserName="ada", Path="/team/")
    return dict(as_root("iam", "CreateAccessKey", UserName="ada")["AccessKey"])


@pytest.fixture
def let(as_root: Callable[..., Any]) -> Callable[..., None]:
    """``let("s3:Get*", on="arn:…")``: gives ada a policy of one statement."""

    def put(*actions: str, on: str = "*", name: str = "p", **others: Any) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": on} | others
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        as_root("iam", "PutUserPolicy", UserName="ada", PolicyName=name, PolicyDocument=document)

    return put


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


ADA = f"arn:aws:iam::{ACCOUNT}:user/team/ada"


def test_who_holds_no_policy_may_only_ask_who_it_is(ada: dict[str, Any], connect: Callable[..., Any]):
    assert connect("sts", ada).get_caller_identity()["Arn"] == ADA
    connect("sts", ada).get_session_token()
    words = f"User: {ADA} is not authorized to perform: {{0}} on resource: {{1}} because no identity-based policy allows"
    words += " the {0} action"
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    told = refusal(connect("lambda", ada).invoke, FunctionName="f")
    assert told == ("AccessDeniedException", 403, words.format("lambda:InvokeFunction", function))
    told = refusal(connect("logs", ada).describe_log_groups)
    assert told == ("AccessDeniedException", 400, words.format("logs:DescribeLogGroups", "*"))
    told = refusal(connect("iam", ada).list_users)
    assert told == ("AccessDenied", 403, words.format("iam:ListUsers", "*"))
    told = refusal(connect("s3", ada).create_bucket, Bucket="b" * 8)
    assert told == ("AccessDenied", 403, words.format("s3:CreateBucket", '"arn:aws:s3:::bbbbbbbb"'))


def test_a_policy_opens_what_it_names_at_once_and_no_more(
    ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None], as_root: Callable[..., Any]
):
    s3 = connect("s3", ada)
    as_root("s3", "CreateBucket", Bucket="things")
    let("s3:PutObject", "s3:GetObject", on="arn:aws:s3:::things/${aws:username}/*")
    s3.put_object(Bucket="things", Key="ada/x", Body=b"hello")
    assert s3.get_object(Bucket="things", Key="ada/x")["Body"].read() == b"hello"
    assert refusal(s3.put_object, Bucket="things", Key="bob/x", Body=b"")[0] == "AccessDenied"
    assert refusal(s3.copy_object, Bucket="things", Key="ada/y", CopySource="things/bob/x")[0] == "AccessDenied"
    as_root("iam", "DeleteUserPolicy", UserName="ada", PolicyName="p")
    assert refusal(s3.get_object, Bucket="things", Key="ada/x")[0] == "AccessDenied"


def test_an_explicit_denial_is_told_as_such(ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None]):
    let("*")
    connect("iam", ada).list_users()
    let("iam:List*", name="never", Effect="Deny")
    told = refusal(connect("iam", ada).list_users)
    words = f"User: {ADA} is not authorized to perform: iam:ListUsers on resource: *"
    assert told == ("AccessDenied", 403, f"{words} with an explicit deny in an identity-based policy")


def test_entities_of_iam_are_judged_with_their_path(
    ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None], as_root: Callable[..., Any]
):
    let("iam:GetUser", on=f"arn:aws:iam::{ACCOUNT}:user/team/*")
    as_root("iam", "CreateUser", UserName="root-like", Path="/admins/")
    assert connect("iam", ada).get_user(UserName="ada")["User"]["UserName"] == "ada"
    assert connect("iam", ada).get_user()["User"]["UserName"] == "ada"
    assert refusal(connect("iam", ada).get_user, UserName="root-like")[0] == "AccessDenied"


def test_a_boundary_bounds_and_is_named(
    ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None], as_root: Any
):
    let("*")
    as_root(
        "iam", "PutUserPermissionsBoundary", UserName="ada", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3FullAccess"
    )
    connect("s3", ada).list_buckets()
    told = refusal(connect("iam", ada).list_users)
    assert told[2].endswith("because no permissions boundary allows the iam:ListUsers action")


def trust(*principals: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_a_role_is_assumed_by_whom_it_trusts(
    ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None], as_root: Callable[..., Any]
):
    arns = {
        name: as_root("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(principal))["Role"]["Arn"]
        for name, principal in {"named": ADA, "account": ROOT, "other": "arn:aws:iam::444455556666:root"}.items()
    }
    sts = connect("sts", ada)
    sts.assume_role(RoleArn=arns["named"], RoleSessionName="job")  # who is named needs no policy of its own
    assert refusal(sts.assume_role, RoleArn=arns["account"], RoleSessionName="job")[0] == "AccessDenied"
    let("sts:AssumeRole")
    sts.assume_role(RoleArn=arns["account"], RoleSessionName="job")
    told = refusal(sts.assume_role, RoleArn=arns["other"], RoleSessionName="job")
    assert told[2].endswith("because no resource-based policy allows the sts:AssumeRole action")


def test_a_session_may_do_what_its_role_may_narrowed_by_its_own_policies(
    ada: dict[str, Any], connect: Callable[..., Any], as_root: Callable[..., Any]
):
    arn = as_root("iam", "CreateRole", RoleName="worker", AssumeRolePolicyDocument=trust(ADA))["Role"]["Arn"]
    as_root("iam", "AttachRolePolicy", RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    asked = {"RoleArn": arn, "RoleSessionName": "job"}
    sts = connect("sts", ada)
    whole = connect("s3", sts.assume_role(**asked)["Credentials"])
    whole.create_bucket(Bucket="things")
    listing = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}})
    narrow = connect("s3", sts.assume_role(**asked, Policy=listing)["Credentials"])
    narrow.list_buckets()
    told = refusal(narrow.put_object, Bucket="things", Key="x", Body=b"")
    assert told[2].endswith("because no session policy allows the s3:PutObject action")
    managed = [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]
    reading = connect("s3", sts.assume_role(**asked, PolicyArns=managed)["Credentials"])
    reading.list_objects_v2(Bucket="things")
    assert refusal(reading.put_object, Bucket="things", Key="x", Body=b"")[0] == "AccessDenied"
    unreadable = connect("s3", sts.assume_role(**asked, Policy="{}")["Credentials"])
    assert refusal(unreadable.list_buckets)[0] == "AccessDenied"


def test_a_session_of_a_role_that_is_gone_may_do_nothing(
    ada: dict[str, Any], connect: Callable[..., Any], as_root: Callable[..., Any]
):
    arn = as_root("iam", "CreateRole", RoleName="worker", AssumeRolePolicyDocument=trust(ADA))["Role"]["Arn"]
    as_root("iam", "AttachRolePolicy", RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    s3 = connect("s3", connect("sts", ada).assume_role(RoleArn=arn, RoleSessionName="job")["Credentials"])
    s3.list_buckets()
    as_root("iam", "DetachRolePolicy", RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    as_root("iam", "DeleteRole", RoleName="worker")
    assert refusal(s3.list_buckets)[0] == "AccessDenied"


def test_a_role_is_no_user_and_must_say_whose_keys_it_means(
    ada: dict[str, Any], connect: Callable[..., Any], as_root: Callable[..., Any]
):
    arn = as_root("iam", "CreateRole", RoleName="worker", AssumeRolePolicyDocument=trust(ADA))["Role"]["Arn"]
    as_root("iam", "AttachRolePolicy", RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam = connect("iam", connect("sts", ada).assume_role(RoleArn=arn, RoleSessionName="job")["Credentials"])
    words = "Must specify userName when calling with non-User credentials"
    assert refusal(iam.create_access_key) == ("ValidationError", 400, words)
    assert refusal(iam.get_user) == ("ValidationError", 400, words)


def test_a_function_asks_to_pass_its_role(ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None]):
    let("lambda:*")
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    asked: dict[str, Any] = {
        "FunctionName": "f",
        "Role": role,
        "Runtime": "python3.13",
        "Handler": "a.b",
        "Code": {"ZipFile": b"x"},
    }
    told = refusal(connect("lambda", ada).create_function, **asked)
    assert told[0] == "AccessDeniedException"
    assert f"iam:PassRole on resource: {role} because" in told[2]
    condition = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    let("iam:PassRole", name="pass", on=role, Condition=condition)
    assert refusal(connect("lambda", ada).create_function, **asked)[0] == "InvalidParameterValueException"  # it is no zip


# ---- policies of resources -------------------------------------------------------------------------------------------

OTHER = "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"


@pytest.fixture
def queue(as_root: Callable[..., Any]) -> str:
    return str(as_root("sqs", "CreateQueue", QueueName="orders")["QueueUrl"])


@pytest.fixture
def says(as_root: Callable[..., Any]) -> Callable[..., None]:
    """``says(queue_url, statement, …)``: gives a queue a policy."""

    def put(queue_url: str, *statements: dict[str, Any]) -> None:
        as_root("sqs", "SetQueueAttributes", QueueUrl=queue_url, Attributes={"Policy": json.dumps({"Statement": statements})})

    return put


@pytest.fixture
def function(as_root: Callable[..., Any], guarded: LocalPlatform) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), "def handler(event, context):\n    return event\n")
    role = as_root("iam", "CreateRole", RoleName="of-f", AssumeRolePolicyDocument=trust(ROOT))["Role"]["Arn"]
    given = {"Runtime": "python3.11", "Handler": "app.handler", "Role": role, "Code": {"ZipFile": content.getvalue()}}
    arn = str(as_root("lambda", "CreateFunction", FunctionName="f", **given)["FunctionArn"])
    guarded.settle()  # until it is active
    return arn


def about_queue(principal: Any, *actions: str, **others: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": [*actions] or "sqs:*", "Resource": QUEUE} | others


def test_who_is_named_by_a_queue_needs_no_policy_of_its_own(
    ada: dict[str, Any], connect: Callable[..., Any], queue: str, says: Callable[..., None]
):
    sqs = connect("sqs", ada)
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="m")[0] == "AccessDenied"
    says(queue, about_queue({"AWS": ADA}, "sqs:SendMessage"))
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    told = refusal(sqs.receive_message, QueueUrl=queue)
    words = f"User: {ADA} is not authorized to perform: sqs:receivemessage on resource: {QUEUE}"
    assert told == ("AccessDenied", 403, f"{words} because no identity-based policy allows the sqs:receivemessage action")
    says(queue, about_queue({"AWS": ROOT}))  # an account that is named decides by its own policies
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="m")[0] == "AccessDenied"


def test_what_a_queue_denies_nobody_s_policy_allows(
    ada: dict[str, Any], connect: Callable[..., Any], let: Callable[..., None], queue: str, says: Callable[..., None]
):
    sqs = connect("sqs", ada)
    let("sqs:*")
    says(queue, about_queue("*", "sqs:SendMessage", Effect="Deny"))
    sqs.receive_message(QueueUrl=queue)
    told = refusal(sqs.send_message, QueueUrl=queue, MessageBody="m")
    assert told[2].endswith("with an explicit deny in a resource-based policy")


def test_topics_and_functions_let_in_whom_they_name(
    ada: dict[str, Any], connect: Callable[..., Any], as_root: Callable[..., Any], function: str
):
    sns, functions = connect("sns", ada), connect("lambda", ada)
    topic = as_root("sns", "CreateTopic", Name="news")["TopicArn"]
    # The policy that topics have by default opens them to the owner's account, which decides by its own policies.
    assert refusal(sns.publish, TopicArn=topic, Message="m")[0] == "AuthorizationError"
    statement = {"Effect": "Allow", "Principal": {"AWS": ADA}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Statement": [statement]})
    as_root("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    sns.publish(TopicArn=topic, Message="m")
    invoke = {"FunctionName": function, "InvocationType": "DryRun"}
    assert refusal(functions.invoke, **invoke)[0] == "AccessDeniedException"
    grant = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": ADA}
    as_root("lambda", "AddPermission", FunctionName="f", **grant)
    assert functions.invoke(**invoke)["StatusCode"] == 204
    as_root("lambda", "RemovePermission", FunctionName="f", StatementId="s")
    assert refusal(functions.invoke, **invoke)[0] == "AccessDeniedException"


def test_between_accounts_both_sides_must_allow(
    ada: dict[str, Any],
    connect: Callable[..., Any],
    let: Callable[..., None],
    as_root: Callable[..., Any],
    guarded: LocalPlatform,
):
    other = Context(OTHER, "us-east-1", "test", f"arn:aws:iam::{OTHER}:root", guarded.url)

    def as_other(operation: str, **parameters: Any) -> Any:
        return guarded.run(guarded.platform.call(other, "sqs", operation, parameters))

    url = as_other("CreateQueue", QueueName="theirs")["QueueUrl"]
    send = {"QueueUrl": url, "MessageBody": "m"}
    sqs = connect("sqs", ada)
    assert refusal(sqs.send_message, **send)[0] == "AccessDenied"
    let("sqs:SendMessage")
    told = refusal(sqs.send_message, **send)
    assert told[2].endswith("because no resource-based policy allows the sqs:sendmessage action")
    as_other("AddPermission", QueueUrl=url, Label="l", AWSAccountIds=[ACCOUNT], Actions=["SendMessage"])
    sqs.send_message(**send)
    as_root("iam", "DeleteUserPolicy", UserName="ada", PolicyName="p")
    assert refusal(sqs.send_message, **send)[2].endswith("because no identity-based policy allows the sqs:sendmessage action")


def test_a_topic_reaches_the_queue_that_lets_sns_in_for_it(as_root: Callable[..., Any], queue: str, says: Callable[..., None]):
    topics = {name: as_root("sns", "CreateTopic", Name=name)["TopicArn"] for name in ("news", "rumours")}
    dead = as_root("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]
    lets_sns_in = about_queue({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    says(queue, lets_sns_in | {"Condition": {"ArnEquals": {"aws:SourceArn": topics["news"]}}})
    says(dead, lets_sns_in | {"Resource": "*"})
    attributes = {
        "RawMessageDelivery": "true",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"}),
    }
    for name, topic in topics.items():
        as_root("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=attributes)
        as_root("sns", "Publish", TopicArn=topic, Message=name)
    for url, expected in ((queue, "news"), (dead, "rumours")):
        (message,) = as_root("sqs", "ReceiveMessage", QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        assert message["Body"] == expected


def test_a_topic_reaches_the_function_that_lets_sns_in_for_it(
    as_root: Callable[..., Any], says: Callable[..., None], function: str
):
    topic = as_root("sns", "CreateTopic", Name="news")["TopicArn"]
    dead = as_root("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]
    says(dead, about_queue({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", Resource="*"))
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"})
    as_root("sns", "Subscribe", TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes={"RedrivePolicy": policy})
    as_root("sns", "Publish", TopicArn=topic, Message="unheard")
    (message,) = as_root("sqs", "ReceiveMessage", QueueUrl=dead, WaitTimeSeconds=10)["Messages"]
    assert "unheard" in message["Body"]
    grant = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com", "SourceArn": topic}
    as_root("lambda", "AddPermission", FunctionName="f", **grant)
    destination = {"OnSuccess": {"Destination": f"arn:aws:sqs:us-east-1:{ACCOUNT}:heard"}}
    heard = as_root("sqs", "CreateQueue", QueueName="heard")["QueueUrl"]
    full = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}})
    as_root("iam", "PutRolePolicy", RoleName="of-f", PolicyName="p", PolicyDocument=full)
    as_root("lambda", "PutFunctionEventInvokeConfig", FunctionName="f", DestinationConfig=destination)
    as_root("sns", "Publish", TopicArn=topic, Message="listen")
    (message,) = as_root("sqs", "ReceiveMessage", QueueUrl=heard, WaitTimeSeconds=10)["Messages"]
    assert "listen" in message["Body"]


def test_a_rule_reaches_the_queue_that_lets_eventbridge_in_for_it(
    as_root: Callable[..., Any], queue: str, says: Callable[..., None]
):
    dead = as_root("sqs", "CreateQueue", QueueName="dead")["QueueUrl"]
    lets_in = about_queue({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    rules = {}
    for name in ("news", "rumours"):
        pattern = json.dumps({"source": [name]})
        rules[name] = as_root("events", "PutRule", Name=name, EventPattern=pattern)["RuleArn"]
        target = {"Id": "1", "Arn": QUEUE, "DeadLetterConfig": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"}}
        as_root("events", "PutTargets", Rule=name, Targets=[target])
    says(queue, lets_in | {"Condition": {"ArnEquals": {"aws:SourceArn": rules["news"]}}})
    says(dead, lets_in | {"Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": rules["rumours"]}}})
    as_root("events", "PutEvents", Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"} for name in rules])
    for url, expected in ((queue, "news"), (dead, "rumours")):
        (message,) = as_root("sqs", "ReceiveMessage", QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        assert json.loads(message["Body"])["source"] == expected


def test_a_rule_reaches_a_log_group_which_can_have_no_policy(as_root: Callable[..., Any], guarded: LocalPlatform):
    as_root("logs", "CreateLogGroup", logGroupName="/news")
    as_root("events", "PutRule", Name="r", EventPattern='{"source": ["shop"]}')
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/news"
    as_root("events", "PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": group}])
    as_root("events", "PutEvents", Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
    guarded.settle()
    assert as_root("logs", "FilterLogEvents", logGroupName="/news")["events"]


def test_a_user_that_is_called_like_a_service_of_aws_is_judged_as_a_user(
    as_root: Callable[..., Any], connect: Callable[..., Any], queue: str, says: Callable[..., None]
):
    as_root("iam", "CreateUser", UserName="sns.amazonaws.com")
    sqs = connect("sqs", dict(as_root("iam", "CreateAccessKey", UserName="sns.amazonaws.com")["AccessKey"]))
    not_from_here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    says(queue, about_queue("*", "sqs:SendMessage"), about_queue("*", "sqs:*", Effect="Deny", Condition=not_from_here))
    assert refusal(sqs.send_message, QueueUrl=queue, MessageBody="m")[0] == "AccessDenied"


def test_a_schedule_may_do_what_its_role_may(as_root: Callable[..., Any], guarded: LocalPlatform, queue: str):
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = as_root("iam", "CreateRole", RoleName="clock", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    name = queue.rpartition("/")[2]

    def fire(schedule: str) -> int:
        target = {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}", "RoleArn": role, "Input": schedule}
        expression, window = "at(2020-01-01T00:00:00)", {"Mode": "OFF"}
        given = {"ScheduleExpression": expression, "FlexibleTimeWindow": window, "Target": target}
        as_root("scheduler", "CreateSchedule", Name=schedule, **given)
        guarded.settle()
        return len(as_root("sqs", "ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=0).get("Messages") or ())

    assert fire("denied") == 0
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    allowing = json.dumps({"Version": "2012-10-17", "Statement": statement})
    as_root("iam", "PutRolePolicy", RoleName="clock", PolicyName="p", PolicyDocument=allowing)
    assert fire("allowed") == 1


def test_a_schedule_of_a_role_that_is_not_there_is_refused(as_root: Callable[..., Any]):
    target = {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/none"}
    given = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    with pytest.raises(ServiceError, match="must allow AWS EventBridge Scheduler to assume the role"):
        as_root("scheduler", "CreateSchedule", Name="s", **given)


def test_who_makes_a_schedule_must_be_allowed_to_pass_its_role(
    connect: Callable[..., Any], ada: dict[str, Any], let: Callable[..., None]
):
    scheduler = connect("scheduler", ada)
    target = {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/none"}
    given = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    group = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/g/s"
    assert (
        f"scheduler:CreateSchedule on resource: {group} "
        in refusal(scheduler.create_schedule, Name="s", GroupName="g", **given)[2]
    )
    let("scheduler:*", on=f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/g/*")
    assert "iam:PassRole" in refusal(scheduler.create_schedule, Name="s", GroupName="g", **given)[2]

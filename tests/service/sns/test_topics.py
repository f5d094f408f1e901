"""Topics through boto3."""

import json
from collections.abc import Callable
from typing import Any


def test_a_topic_is_made_once_told_and_deleted(sns: Any, account: str, refusal: Callable[..., Any]):
    arn = sns.create_topic(Name="t", Attributes={"DisplayName": "T"}, Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:{account}:t"
    assert sns.create_topic(Name="t")["TopicArn"] == arn
    told = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (told["TopicArn"], told["Owner"], told["DisplayName"]) == (arn, account, "T")
    assert sns.list_topics()["Topics"] == [{"TopicArn": arn}]
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    assert refusal(sns.get_topic_attributes, TopicArn=arn) == ("NotFound", 404, "Topic does not exist")


def test_the_errors_are_those_of_aws(sns: Any, topic: str, refusal: Callable[..., Any]):
    assert refusal(sns.create_topic, Name="a b") == ("InvalidParameter", 400, "Invalid parameter: Topic Name")
    assert refusal(sns.get_topic_attributes, TopicArn="t")[2] == (
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"
    )
    assert refusal(sns.get_topic_attributes, TopicArn=topic.replace("us-east-1", "eu-west-1"))[2] == (
        "Invalid parameter: TopicArn"
    )
    assert refusal(sns.set_topic_attributes, TopicArn=topic, AttributeName="FifoTopic", AttributeValue="true")[2] == (
        "Invalid parameter: AttributeName"
    )


def test_attributes_are_set_one_by_one(sns: Any, topic: str):
    policy = {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 6, "numRetries": 1}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    told = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(told["DeliveryPolicy"]) == {"http": {**policy["http"], "disableSubscriptionOverrides": False}}
    assert json.loads(told["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 1
    assert told["SignatureVersion"] == "2"


def test_pages_hold_a_hundred(sns: Any):
    arns = [sns.create_topic(Name=f"t{number:03}")["TopicArn"] for number in range(101)]
    pages = list(sns.get_paginator("list_topics").paginate())
    assert [len(page["Topics"]) for page in pages] == [100, 1]
    assert [topic["TopicArn"] for page in pages for topic in page["Topics"]] == arns


def test_a_token_that_is_none_is_refused(sns: Any, refusal: Callable[..., Any]):
    assert refusal(sns.list_topics, NextToken="x")[2] == "Invalid parameter: NextToken"


def test_tags(sns: Any, topic: str, refusal: Callable[..., Any]):
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "2"}]
    twice = [{"Key": "a", "Value": "1"}] * 2
    assert refusal(sns.tag_resource, ResourceArn=topic, Tags=twice)[2] == (
        "Invalid parameter: Duplicated keys are not allowed."
    )
    assert refusal(sns.tag_resource, ResourceArn=f"{topic}x", Tags=twice[:1]) == (
        "ResourceNotFound",
        404,
        "Resource does not exist",
    )


def test_another_account_may_publish_once_it_was_let(sns: Any, topic: str, client: Any, refusal: Callable[..., Any]):
    other = client("sns", aws_access_key_id="222233334444")
    code, status, message = refusal(other.publish, TopicArn=topic, Message="m")
    assert (code, status) == ("AuthorizationError", 403)
    assert message.endswith("because no resource-based policy allows the SNS:Publish action")
    sns.add_permission(TopicArn=topic, Label="let", AWSAccountId=["222233334444"], ActionName=["Publish"])
    assert other.publish(TopicArn=topic, Message="m")["MessageId"]
    sns.remove_permission(TopicArn=topic, Label="let")
    assert refusal(other.publish, TopicArn=topic, Message="m")[0] == "AuthorizationError"


def test_what_is_not_served_says_so(sns: Any, refusal: Callable[..., Any]):
    assert refusal(sns.list_platform_applications)[1] == 501

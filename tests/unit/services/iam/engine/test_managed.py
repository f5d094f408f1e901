"""The policies that AWS manages."""

import pytest

from lambent.services.iam.engine import documents, managed

ATTACHED_BY_USERS_OF_LAMBDA = [
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AWSLambdaKinesisExecutionRole",
    "service-role/AWSLambdaDynamoDBExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AWSLambdaRole",
    "AWSLambda_FullAccess",
    "AWSLambda_ReadOnlyAccess",
    "AWSXRayDaemonWriteAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonSQSFullAccess",
    "AmazonSNSFullAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonKinesisFullAccess",
    "CloudWatchLogsFullAccess",
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "AWSStepFunctionsFullAccess",
]


@pytest.mark.parametrize("name", ATTACHED_BY_USERS_OF_LAMBDA)
def test_it_is_there(name: str):
    policy = managed.POLICIES[f"arn:aws:iam::aws:policy/{name}"]
    assert policy.is_aws_managed
    assert (len(policy.id), policy.id[:4]) == (21, "ANPA")


@pytest.mark.parametrize("arn", managed.POLICIES)
def test_its_document_is_a_policy(arn: str):
    documents.check_identity_policy(managed.version_of(managed.POLICIES[arn]).document, needs_new_version=True)

"""The policies that AWS manages and users of Lambda attach: there without being made, in every account.

Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

import hashlib
import json
from typing import Any

from lambent.services.iam.tables.policies import Policy, PolicyVersion

_CREATED_AT = 1_425_168_000.0  # March 2015: AWS' own dates differ from policy to policy and mean nothing here

_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
_NETWORK = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]
_PASS_TO_LAMBDA: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": "*",
    "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
}


def _allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


_SERVICE_ROLES: dict[str, list[dict[str, Any]]] = {
    "AWSLambdaBasicExecutionRole": [_allow(*_LOGS)],
    "AWSLambdaBasicDurableExecutionRolePolicy": [
        _allow("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState", *_LOGS),
    ],
    "AWSLambdaSQSQueueExecutionRole": [
        _allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_LOGS),
    ],
    "AWSLambdaKinesisExecutionRole": [
        _allow(
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:ListStreams",
            "kinesis:SubscribeToShard",
            *_LOGS,
        ),
    ],
    "AWSLambdaDynamoDBExecutionRole": [
        _allow(
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            *_LOGS,
        ),
    ],
    "AWSLambdaVPCAccessExecutionRole": [_allow(*_LOGS, *_NETWORK)],
    "AWSLambdaENIManagementAccess": [_allow(*_NETWORK)],
    "AWSLambdaMSKExecutionRole": [
        _allow(
            "kafka:DescribeCluster",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeVpcs",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            *_LOGS,
        ),
    ],
    "AWSLambdaRole": [_allow("lambda:InvokeFunction")],
    "AmazonAPIGatewayPushToCloudWatchLogs": [
        _allow(
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
            "logs:GetLogEvents",
            "logs:FilterLogEvents",
        ),
    ],
}

_POLICIES: dict[str, list[dict[str, Any]]] = {
    "AWSLambda_FullAccess": [
        _allow(
            "cloudformation:DescribeStacks",
            "cloudformation:ListStackResources",
            "cloudwatch:ListMetrics",
            "cloudwatch:GetMetricData",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "kms:ListAliases",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:ListRoles",
            "lambda:*",
            "logs:DescribeLogGroups",
            "states:DescribeStateMachine",
            "states:ListStateMachines",
            "tag:GetResources",
            "xray:GetTraceSummaries",
            "xray:BatchGetTraces",
        ),
        _PASS_TO_LAMBDA,
        {
            "Effect": "Allow",
            "Action": [
                "logs:DescribeLogStreams",
                "logs:GetLogEvents",
                "logs:FilterLogEvents",
                "logs:StartLiveTail",
                "logs:StopLiveTail",
            ],
            "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/*",
        },
    ],
    "AWSLambda_ReadOnlyAccess": [
        _allow(
            "cloudformation:DescribeStacks",
            "cloudformation:ListStacks",
            "cloudformation:ListStackResources",
            "cloudwatch:GetMetricData",
            "cloudwatch:ListMetrics",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "kms:ListAliases",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:ListRoles",
            "logs:DescribeLogGroups",
            "lambda:Get*",
            "lambda:List*",
            "states:DescribeStateMachine",
            "states:ListStateMachines",
            "tag:GetResources",
            "xray:GetTraceSummaries",
            "xray:BatchGetTraces",
        ),
        {
            "Effect": "Allow",
            "Action": ["logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"],
            "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/*",
        },
    ],
    "AWSLambdaExecute": [
        {"Effect": "Allow", "Action": ["logs:*"], "Resource": "arn:aws:logs:*:*:*"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::*"},
    ],
    "AWSLambdaInvocation-DynamoDB": [
        _allow("lambda:InvokeFunction"),
        _allow("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    ],
    "AWSXRayDaemonWriteAccess": [
        _allow(
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ),
    ],
    "AWSXrayWriteOnlyAccess": [
        _allow(
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ),
    ],
    "AmazonS3FullAccess": [_allow("s3:*", "s3-object-lambda:*")],
    "AmazonS3ReadOnlyAccess": [
        _allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"),
    ],
    "AmazonSQSFullAccess": [_allow("sqs:*")],
    "AmazonSQSReadOnlyAccess": [
        _allow(
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ListDeadLetterSourceQueues",
            "sqs:ListQueues",
            "sqs:ListMessageMoveTasks",
            "sqs:ListQueueTags",
        ),
    ],
    "AmazonSNSFullAccess": [_allow("sns:*")],
    "AmazonSNSReadOnlyAccess": [
        _allow("sns:GetTopicAttributes", "sns:List*", "sns:CheckIfPhoneNumberIsOptedOut", "sns:GetEndpointAttributes"),
    ],
    "AmazonDynamoDBFullAccess": [
        _allow("dynamodb:*", "dax:*", "application-autoscaling:*", "cloudwatch:*", "kinesis:ListStreams", "kms:ListAliases"),
    ],
    "AmazonDynamoDBReadOnlyAccess": [
        _allow(
            "dynamodb:BatchGetItem",
            "dynamodb:Describe*",
            "dynamodb:List*",
            "dynamodb:GetAbacStatus",
            "dynamodb:GetItem",
            "dynamodb:GetResourcePolicy",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PartiQLSelect",
        ),
    ],
    "AmazonKinesisFullAccess": [_allow("kinesis:*")],
    "AmazonKinesisReadOnlyAccess": [_allow("kinesis:Get*", "kinesis:List*", "kinesis:Describe*")],
    "AmazonEventBridgeFullAccess": [_allow("events:*", "schemas:*", "scheduler:*", "pipes:*")],
    "AmazonSSMReadOnlyAccess": [_allow("ssm:Describe*", "ssm:Get*", "ssm:List*")],
    "AmazonAPIGatewayInvokeFullAccess": [
        {"Effect": "Allow", "Action": ["execute-api:Invoke"], "Resource": "arn:aws:execute-api:*:*:*"},
        {"Effect": "Allow", "Action": ["execute-api:ManageConnections"], "Resource": "arn:aws:execute-api:*:*:*"},
    ],
    "AmazonAPIGatewayAdministrator": [
        {"Effect": "Allow", "Action": ["apigateway:*"], "Resource": "arn:aws:apigateway:*::/*"},
    ],
    "SecretsManagerReadWrite": [_allow("secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys")],
    "CloudWatchLogsFullAccess": [_allow("logs:*", "cloudwatch:GenerateQuery", "cloudwatch:GenerateQueryResultsSummary")],
    "CloudWatchLogsReadOnlyAccess": [
        _allow(
            "logs:Describe*",
            "logs:Get*",
            "logs:List*",
            "logs:StartQuery",
            "logs:StopQuery",
            "logs:TestMetricFilter",
            "logs:FilterLogEvents",
            "logs:StartLiveTail",
            "logs:StopLiveTail",
            "cloudwatch:GenerateQuery",
        ),
    ],
    "CloudWatchFullAccess": [_allow("autoscaling:Describe*", "cloudwatch:*", "logs:*", "sns:*", "iam:GetPolicy")],
    "AWSStepFunctionsFullAccess": [_allow("states:*")],
    "AWSStepFunctionsReadOnlyAccess": [_allow("states:List*", "states:Describe*", "states:Get*")],
    "IAMFullAccess": [_allow("iam:*")],
    "IAMReadOnlyAccess": [_allow("iam:Get*", "iam:List*", "iam:Generate*", "iam:Simulate*")],
    "AdministratorAccess": [_allow("*")],
    "PowerUserAccess": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        _allow(
            "account:GetAccountInformation",
            "account:ListRegions",
            "iam:CreateServiceLinkedRole",
            "iam:DeleteServiceLinkedRole",
            "iam:ListRoles",
            "organizations:DescribeOrganization",
        ),
    ],
    # AWS lists some thousand reading actions by name; these patterns cover the services that are here.
    "ReadOnlyAccess": [
        _allow(
            *(
                f"{service}:{verb}*"
                for service in ("apigateway", "cloudwatch", "dynamodb", "events", "iam", "kinesis", "lambda", "logs")
                for verb in ("Describe", "Get", "List")
            ),
            *(
                f"{service}:{verb}*"
                for service in ("pipes", "s3", "scheduler", "secretsmanager", "sns", "sqs", "ssm", "states", "xray")
                for verb in ("Describe", "Get", "List")
            ),
            "dynamodb:BatchGet*",
            "dynamodb:Query",
            "dynamodb:Scan",
            "logs:FilterLogEvents",
            "logs:StartQuery",
            "sts:GetCallerIdentity",
        ),
    ],
    "SecurityAudit": [
        _allow("iam:Get*", "iam:List*", "lambda:GetPolicy", "lambda:List*", "s3:GetBucket*", "s3:ListAllMyBuckets")
    ],
}


def _policy(path: str, name: str) -> Policy:
    arn = f"arn:aws:iam::aws:policy{path}{name}"
    digits = hashlib.sha256(arn.encode()).hexdigest().upper().translate(str.maketrans("0189", "GHIJ"))
    return Policy("aws", arn, "ANPA" + digits[:17], name, path, "", _CREATED_AT, _CREATED_AT)


def _all() -> dict[str, tuple[Policy, str]]:
    known: dict[str, tuple[Policy, str]] = {}
    for path, statements_by_name in (("/service-role/", _SERVICE_ROLES), ("/", _POLICIES)):
        for name, statements in statements_by_name.items():
            policy = _policy(path, name)
            known[policy.arn] = (policy, json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return known


_KNOWN = _all()

POLICIES = {arn: policy for arn, (policy, _) in _KNOWN.items()}
"""By ARN."""


def version_of(policy: Policy) -> PolicyVersion:
    """The one version that is known of a policy that AWS manages."""
    return PolicyVersion(policy.default_version, _KNOWN[policy.arn][1], policy.created_at)

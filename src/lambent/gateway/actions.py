"""Which permission each operation asks for: data, where it is not what the names say.

The rule: the action is the service's prefix and the operation's name, the resource is told by the first rule of the service
whose parameters are given. Everything here is an exception to one or the other.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping

PREFIXES: Mapping[str, str] = {"stepfunctions": "states", "dynamodbstreams": "dynamodb"}
"""Of the services whose actions are not called by their name."""

FREE = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})
"""What everybody may do who has credentials."""

ACTIONS: Mapping[tuple[str, str], str] = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
    ("lambda", "GetLayerVersionByArn"): "GetLayerVersion",
    ("sqs", "SendMessageBatch"): "SendMessage",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("sns", "PublishBatch"): "Publish",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
    ("s3", "ListMultipartUploads"): "ListBucketMultipartUploads",
    ("s3", "ListParts"): "ListMultipartUploadParts",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "CopyObject"): "PutObject",
    ("s3", "CreateMultipartUpload"): "PutObject",
    ("s3", "UploadPart"): "PutObject",
    ("s3", "UploadPartCopy"): "PutObject",
    ("s3", "CompleteMultipartUpload"): "PutObject",
    ("s3", "DeleteObjects"): "DeleteObject",
    ("s3", "DeleteBucketTagging"): "PutBucketTagging",
    ("s3", "GetBucketAccelerateConfiguration"): "GetAccelerateConfiguration",
    ("s3", "GetBucketCors"): "GetBucketCORS",
    ("s3", "GetBucketEncryption"): "GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "GetLifecycleConfiguration",
    ("s3", "GetBucketNotificationConfiguration"): "GetBucketNotification",
    ("s3", "GetBucketReplication"): "GetReplicationConfiguration",
    ("s3", "GetObjectLockConfiguration"): "GetBucketObjectLockConfiguration",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
}
"""The names of actions, without their prefix, that are not their operation's name."""

S3_VERSIONED = frozenset({"GetObject", "GetObjectAttributes", "DeleteObject"})
S3_TAGS_VERSIONED = frozenset({"GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging"})
"""S3's actions that have a twin for one version of an object."""

APIGATEWAY_ROLES = ("CredentialsArn", "AuthorizerCredentialsArn", "credentials", "authorizerCredentials")
"""The parameters of both API Gateways that name a role which calls what stands behind."""

# A service's rules: the parameters that must be given, and the resource. {region} and {account} are the caller's, {Name} is a
# parameter; a parameter that is an ARN already stands for itself. The first rule that fits is taken.
Rule = tuple[tuple[str, ...], str]

RULES: Mapping[str, tuple[Rule, ...]] = {
    "dynamodbstreams": (
        (("StreamArn",), "{StreamArn}"),
        (("TableName",), "arn:aws:dynamodb:{region}:{account}:table/{TableName}/stream/*"),
    ),
    "dynamodb": (
        (("ResourceArn",), "{ResourceArn}"),
        (("BackupArn",), "{BackupArn}"),
        (("TableName",), "arn:aws:dynamodb:{region}:{account}:table/{TableName}"),
    ),
    "events": ((("ResourceARN",), "{ResourceARN}"),),
    "iam": (
        (("GroupName",), "arn:aws:iam::{account}:group{Path}{GroupName}"),
        (("RoleName",), "arn:aws:iam::{account}:role{Path}{RoleName}"),
        (("UserName",), "arn:aws:iam::{account}:user{Path}{UserName}"),
        (("PolicyArn",), "{PolicyArn}"),
        (("PolicySourceArn",), "{PolicySourceArn}"),
        (("PolicyName",), "arn:aws:iam::{account}:policy{Path}{PolicyName}"),
    ),
    "pipes": (
        (("resourceArn",), "{resourceArn}"),
        (("Name",), "arn:aws:pipes:{region}:{account}:pipe/{Name}"),
    ),
    "scheduler": ((("ResourceArn",), "{ResourceArn}"),),
    "kinesis": (
        (("ConsumerARN",), "{ConsumerARN}"),
        (("StreamARN",), "{StreamARN}"),
        (("StreamName",), "arn:aws:kinesis:{region}:{account}:stream/{StreamName}"),
        (("ResourceARN",), "{ResourceARN}"),
    ),
    "sns": (
        (("TopicArn",), "{TopicArn}"),
        (("TargetArn",), "{TargetArn}"),
        (("ResourceArn",), "{ResourceArn}"),
        (("Name",), "arn:aws:sns:{region}:{account}:{Name}"),
    ),
    "sqs": (
        (("QueueName", "QueueOwnerAWSAccountId"), "arn:aws:sqs:{region}:{QueueOwnerAWSAccountId}:{QueueName}"),
        (("QueueName",), "arn:aws:sqs:{region}:{account}:{QueueName}"),
        (("SourceArn",), "{SourceArn}"),
    ),
    "stepfunctions": (
        (("stateMachineAliasArn",), "{stateMachineAliasArn}"),
        (("stateMachineVersionArn",), "{stateMachineVersionArn}"),
        (("stateMachineArn",), "{stateMachineArn}"),
        (("mapRunArn",), "{mapRunArn}"),
        (("executionArn",), "{executionArn}"),
        (("activityArn",), "{activityArn}"),
        (("resourceArn",), "{resourceArn}"),
    ),
    "sts": ((("RoleArn",), "{RoleArn}"),),
    "s3": (
        (("Bucket", "Key"), "arn:aws:s3:::{Bucket}/{Key}"),
        (("Bucket",), "arn:aws:s3:::{Bucket}"),
    ),
    "lambda": (
        (("UUID",), "arn:aws:lambda:{region}:{account}:event-source-mapping:{UUID}"),
        (("DurableExecutionArn",), "{DurableExecutionArn}"),
        (("Resource",), "{Resource}"),
    ),
}

UNBOUND = frozenset(
    {
        ("dynamodb", "DescribeEndpoints"),
        ("dynamodb", "DescribeLimits"),
        ("dynamodb", "ListTables"),
        ("dynamodb", "ListBackups"),
        ("dynamodb", "ListContributorInsights"),
        ("events", "ListConnections"),
        ("events", "ListEventBuses"),
        ("events", "ListRules"),
        ("events", "ListRuleNamesByTarget"),
        ("events", "TestEventPattern"),
        ("iam", "ListGroups"),
        ("iam", "ListRoles"),
        ("iam", "ListUsers"),
        ("iam", "ListPolicies"),
        ("iam", "GetAccountSummary"),
        ("iam", "CreateAccountAlias"),
        ("iam", "DeleteAccountAlias"),
        ("iam", "ListAccountAliases"),
        ("iam", "GetAccessKeyLastUsed"),
        ("iam", "SimulateCustomPolicy"),
        ("iam", "GetContextKeysForCustomPolicy"),
        ("kinesis", "ListStreams"),
        ("kinesis", "DescribeLimits"),
        ("kinesis", "DescribeAccountSettings"),
        ("kinesis", "UpdateAccountSettings"),
        ("lambda", "GetAccountSettings"),
        ("lambda", "ListFunctions"),
        ("lambda", "ListLayers"),
        ("lambda", "ListLayerVersions"),
        ("lambda", "ListEventSourceMappings"),
        ("lambda", "CreateEventSourceMapping"),
        ("logs", "DescribeLogGroups"),
        ("logs", "ListLogGroups"),
        ("logs", "TestMetricFilter"),
        ("sns", "ListTopics"),
        ("sns", "ListSubscriptions"),
        ("sqs", "ListQueues"),
        ("stepfunctions", "ListActivities"),
        ("stepfunctions", "ListStateMachines"),
        ("stepfunctions", "SendTaskFailure"),
        ("stepfunctions", "SendTaskHeartbeat"),
        ("stepfunctions", "SendTaskSuccess"),
        ("stepfunctions", "TestState"),
        ("stepfunctions", "ValidateStateMachineDefinition"),
        ("sts", "GetAccessKeyInfo"),
        ("s3", "ListBuckets"),
        ("pipes", "ListPipes"),
        ("scheduler", "ListScheduleGroups"),
        ("scheduler", "ListSchedules"),
    }
)
"""Operations on no resource in particular: only a statement about all resources speaks of them."""

SPELLINGS: Mapping[str, str] = {"sqs": "lower", "sns": "SNS"}
"""How denials of a service spell actions, where that is not as policies do."""

"""SNS' operations, by what they are about: topics, subscriptions, publishing.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from lambent.services.sns.operations.publish import PublishOperations
from lambent.services.sns.operations.subscriptions import SubscriptionOperations
from lambent.services.sns.operations.topics import TopicOperations


class Sns(TopicOperations, SubscriptionOperations, PublishOperations):
    """SNS for one platform."""

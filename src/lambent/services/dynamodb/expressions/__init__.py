"""DynamoDB's expressions: parsed once a text, bound to the names and values of a request, then fast.

    given = Expressions(names=ExpressionAttributeNames, values=ExpressionAttributeValues)
    given.condition(text).holds(item | None) -> bool
    given.filter(text).holds(item) -> bool
    given.projection(text).of(item) -> Item                     each has .names, the top-level attributes it is about
    given.key_condition(text).for_keys(schema) -> KeyRange      (partition value, low <= sort bytes < high)
    given.update(text).apply(item) -> Updated                   .item, .updated_old, .updated_new; .check_keys(schema)
    given.finish()                                              raises where names or values are not used

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from lambent.services.dynamodb.expressions.conditions import Condition
from lambent.services.dynamodb.expressions.given import Expressions
from lambent.services.dynamodb.expressions.key_conditions import KeyCondition, KeyRange
from lambent.services.dynamodb.expressions.projections import Projection
from lambent.services.dynamodb.expressions.updates import Update, Updated

__all__ = ["Condition", "Expressions", "KeyCondition", "KeyRange", "Projection", "Update", "Updated"]

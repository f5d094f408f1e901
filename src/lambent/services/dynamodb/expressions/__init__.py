"""DynamoDB's expressions: parsed once a text, bound to the names and values of a request, then fast.

    given = Expressions(names=ExpressionAttributeNames, values=ExpressionAttributeValues)
    given.condition(text).holds(item | None) -> bool
    given.filter(text).holds(item) -> bool
    given.projection(text).of(item) -> Item                     .names: the top-level names read
    given.key_condition(text).for_keys(schema) -> KeyRange      (partition value, low <= sort bytes < high)
    given.update(text).apply(item) -> Updated                   .names: the top-level names changed
    given.finish()                                              raises where names or values are not used

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

"""What dynamodb answers when it does not do as asked: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class DynamoError(ServiceError):
    """An error of dynamodb: status 400 where it does not say otherwise."""

    status: ClassVar[int] = 400


class ValidationFailed(DynamoError):
    """The request says what cannot be.

    ``older`` is how batches of writes, transactions and Scan say it, ``newer`` how single writes do, where that differs.
    """

    code = "ValidationException"
    wording = "{reason}"
    older: ClassVar[str] = ""
    newer: ClassVar[str] = ""

    @property
    def older_message(self) -> str:
        return self.older.format(**self.facts) if self.older else self.message

    @property
    def newer_message(self) -> str:
        return self.newer.format(**self.facts) if self.newer else self.message


def in_older_words(failure: ValidationFailed) -> ValidationFailed:
    """The failure, or one that says the same as batches of writes, transactions, Scan and PartiQL do."""
    return ValidationFailed(reason=failure.older_message) if failure.older else failure


class Enveloped(ValidationFailed):
    """How single writes refuse a request before they look for its table."""

    wording = "1 validation error detected: {reason}"


class InvalidParameterValues(ValidationFailed):
    wording = "One or more parameter values were invalid: {reason}"


# ---- tables, and what is asked of them -------------------------------------------------------------------------------


class InvalidTableName(ValidationFailed):
    wording = "{count} detected: {findings}"


class InvalidTableNames(ValidationFailed):
    """Of a batch; ``request`` is what it asks of its tables."""

    wording = (
        "1 validation error detected: Value '{request}' at 'requestItems' failed to satisfy constraint: "
        "Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
        "Member must have length greater than or equal to 3, "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
    )


class SameItemTwice(ValidationFailed):
    wording = "Transaction request cannot include multiple operations on one item"


class DuplicateKeys(ValidationFailed):
    wording = "Provided list of item keys contains duplicates"


class ResourceNotFound(DynamoError):
    """An item operation's table."""

    code = "ResourceNotFoundException"
    wording = "Requested resource not found"


class TableNotFound(ResourceNotFound):
    """As operations on tables say it."""

    wording = "Requested resource not found: Table: {name} not found"


class ResourceArnNotFound(ResourceNotFound):
    """AWS' own spelling."""

    wording = "Requested resource not found: ResourcArn: {arn} not found"


class IndexNotFound(ResourceNotFound):
    wording = "Requested resource not found: Index: {name} not found"


class ResourceInUse(DynamoError):
    code = "ResourceInUseException"
    wording = "Table already exists: {name}"


class IndexInUse(ResourceInUse):
    wording = "Attempt to change a resource which is still in use: Index is being created: {name}"


class TableInUse(ResourceInUse):
    """``what`` is done to it: "created", "backed up"."""

    wording = "Attempt to change a resource which is still in use: Table is being {what}: {name}"


class LimitExceeded(DynamoError):
    code = "LimitExceededException"
    wording = "{reason}"


class SourceTableNotFound(DynamoError):
    """Of backups and of point-in-time recovery."""

    code = "TableNotFoundException"
    wording = "Table not found: {name}"


class PolicyNotFound(DynamoError):
    code = "PolicyNotFoundException"
    wording = "Resource-based policy not found for the provided ResourceArn"


class AccessDenied(DynamoError):
    """Another account's principal, whom the table's policy does not let."""

    code = "AccessDeniedException"
    wording = (
        "User: {principal} is not authorized to perform: dynamodb:{action} on resource: {arn} "
        "because no resource-based policy allows the dynamodb:{action} action"
    )


class ConditionalCheckFailed(DynamoError):
    """``members`` has the item where the request asked for it."""

    code = "ConditionalCheckFailedException"
    wording = "The conditional request failed"


class TransactionCanceled(DynamoError):
    """``members`` has the reasons, one for each action of the transaction."""

    code = "TransactionCanceledException"
    wording = "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"


class IdempotentParameterMismatch(DynamoError):
    code = "IdempotentParameterMismatchException"
    wording = (
        "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent token "
        "that was already used."
    )


# ---- attribute values ------------------------------------------------------------------------------------------------


class EmptyAttributeValue(ValidationFailed):
    wording = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"


class ManyTypedAttributeValue(ValidationFailed):
    wording = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"


class NullIsNotTrue(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Null attribute value types must have the value of true"


class EmptySet(InvalidParameterValues):
    """Of strings or numbers; the words and the two spaces are AWS'."""

    wording = "One or more parameter values were invalid: An {kind} set  may not be empty"


class EmptyBinarySet(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Binary sets should not be empty"


class DuplicateStrings(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Input collection [{collection}] contains duplicates."
    older = "One or more parameter values were invalid: Input collection [{sent}] contains duplicates."


class DuplicateBinaries(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Input collection [{collection}]of type BS contains duplicates."
    older = "One or more parameter values were invalid: Input collection [{sent}]of type BS contains duplicates."


class DuplicateNumbers(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Input collection contains duplicates."
    older = "Input collection contains duplicates"


class NestedTooDeep(ValidationFailed):
    wording = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"


class HalfCharacter(InvalidParameterValues):
    """JSON can say half of a surrogate pair, which is no text: it could be neither kept nor sent."""

    wording = "One or more parameter values were invalid: A string is not valid Unicode"


class EmptyAttributeName(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Attribute name must not be empty"
    older = "Empty attribute name"


class AttributeNameTooLong(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Attribute name is too large, must be less than 65536 bytes"


class ItemTooLarge(ValidationFailed):
    wording = "Item size has exceeded the maximum allowed size"


class UpdatedItemTooLarge(ValidationFailed):
    wording = "Item size to update has exceeded the maximum allowed size"


# ---- numbers ---------------------------------------------------------------------------------------------------------


class NotANumber(ValidationFailed):
    wording = "The parameter cannot be converted to a numeric value: {text}"


class EmptyNumber(NotANumber):
    older = "The parameter cannot be converted to a numeric value"


class TooManyDigits(ValidationFailed):
    wording = "Attempting to store more than 38 significant digits in a Number"


class NumberOverflow(ValidationFailed):
    """``read`` is what comes of the number where it is read as the older checks do."""

    older = "{read}"
    wording = "Number overflow. Attempting to store a number with magnitude larger than supported range"


class NumberUnderflow(ValidationFailed):
    older = "{read}"
    wording = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


# ---- keys ------------------------------------------------------------------------------------------------------------


class KeyDoesNotMatchSchema(ValidationFailed):
    wording = "The provided key element does not match the schema"


class MissingKey(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Missing the key {name} in the item"


class KeyTypeMismatch(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Type mismatch for key {name} expected: {expected} actual: {actual}"


class IndexKeyTypeMismatch(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: Type mismatch for Index Key {name} "
        "Expected: {expected} Actual: {actual} IndexName: {index}"
    )


class EmptyKey(ValidationFailed):
    """``kind`` is "string" or "binary"."""

    wording = (
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
    )


class EmptyIndexKey(ValidationFailed):
    wording = (
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty {kind} value. IndexName: {index}, IndexKey: {name}"
    )


class EmptyUpdatedIndexKey(ValidationFailed):
    wording = (
        "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value"
        " that is not supported. The AttributeValue for a key attribute cannot contain an empty {kind} value."
    )


class PartitionKeyTooLong(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of{bytes_max} bytes"
    )


class SortKeyTooLong(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: "
        "Aggregated size of all range keys has exceeded the size limit of {bytes_max} bytes"
    )


class KeyUpdate(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key"


# ---- conditions on keys ----------------------------------------------------------------------------------------------


class KeyConditionMissing(ValidationFailed):
    wording = "Query condition missed key schema element: {name}"


class KeyConditionNotSupported(ValidationFailed):
    wording = "Query key condition not supported"


class KeyConditionTypeMismatch(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Condition parameter type does not match schema type"


class KeyConditionTooLong(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: "
        "Condition parameter size has exceeded the maximum size limit of {bytes_max} bytes"
    )


class TooManyKeyConditions(ValidationFailed):
    wording = (
        "The number of query conditions ({count}) exceeds the number of key attributes defined in the schema ({count_max})"
    )


class KeyConditionCount(ValidationFailed):
    wording = "Conditions can be of length 1 or 2 only"


class RepeatedKeyCondition(ValidationFailed):
    wording = "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"


class OperatorInKeyCondition(ValidationFailed):
    wording = "Invalid operator used in KeyConditionExpression: {operator}"


class NestedKeyCondition(ValidationFailed):
    wording = "KeyConditionExpressions cannot contain nested operations"


class NestedAttributeInKeyCondition(ValidationFailed):
    wording = "KeyConditionExpressions cannot have conditions on nested attributes"


class KeyConditionOperandOrder(ValidationFailed):
    wording = (
        "Invalid condition in KeyConditionExpression: {operator} operator must have the key attribute as its first operand"
    )


class ManyAttributesInKeyCondition(ValidationFailed):
    wording = "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"


class NoAttributeInKeyCondition(ValidationFailed):
    wording = "Invalid condition in KeyConditionExpression: No key attribute specified"


class FilterOnKey(ValidationFailed):
    """``kind`` is "Filter Expression" or "QueryFilter"."""

    wording = "{kind} can only contain non-primary key attributes: Primary key attribute: {name}"


# ---- names and values of expressions ---------------------------------------------------------------------------------


class EmptyPlaceholders(ValidationFailed):
    wording = "{parameter} must not be empty"


class InvalidPlaceholder(ValidationFailed):
    wording = '{parameter} contains invalid key: Syntax error; key: "{key}"'


class PlaceholderTooLong(ValidationFailed):
    wording = '{parameter} contains invalid key: The expression attribute map contains a key that is too long; key: "{key}"'


class InvalidPlaceholderName(ValidationFailed):
    wording = "ExpressionAttributeNames contains invalid value: {problem} for key {key}"


class InvalidPlaceholderValue(ValidationFailed):
    wording = "ExpressionAttributeValues contains invalid value: {problem} for key {key}"


class UnusedPlaceholders(ValidationFailed):
    wording = "Value provided in {parameter} unused in expressions: keys: {{{keys}}}"


class NamesWithoutExpressions(ValidationFailed):
    wording = "ExpressionAttributeNames can only be specified when using expressions"


class ValuesWithoutExpressions(ValidationFailed):
    """``missing`` is, say, "UpdateExpression and ConditionExpression are"."""

    wording = "ExpressionAttributeValues can only be specified when using expressions: {missing} null"
    newer = "ExpressionAttributeValues can only be specified when using expressions"


class MixedParameters(ValidationFailed):
    wording = (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}"
    )


# ---- what an expression says -----------------------------------------------------------------------------------------


class InvalidExpression(ValidationFailed):
    """``kind`` is the parameter: "ConditionExpression", say."""

    wording = "Invalid {kind}: {reason}"


class EmptyExpression(InvalidExpression):
    wording = "Invalid {kind}: The expression can not be empty;"


class ExpressionTooLarge(InvalidExpression):
    wording = "Invalid {kind}: Expression size has exceeded the maximum allowed size; expression size: {size}"


class UpdateTooLarge(InvalidExpression):
    """AWS tells the size of a condition, and not that of an update."""

    wording = "Invalid {kind}: Expression size has exceeded the maximum allowed size;"


class TooManyOperators(InvalidExpression):
    wording = "Invalid {kind}: The expression contains too many operators; operator count: {count}"


class ExpressionTooDeep(InvalidExpression):
    wording = "Invalid {kind}: The expression is nested too deeply; levels: {depth}"


class SyntaxProblem(InvalidExpression):
    wording = 'Invalid {kind}: Syntax error; token: "{token}", near: "{near}"'


class RedundantParentheses(InvalidExpression):
    wording = "Invalid {kind}: The expression has redundant parentheses;"


class UnknownFunction(InvalidExpression):
    wording = "Invalid {kind}: Invalid function name; function: {function}"


class FunctionNotInUpdate(InvalidExpression):
    wording = "Invalid {kind}: The function is not allowed in an update expression; function: {function}"


class FunctionNotInCondition(InvalidExpression):
    wording = "Invalid {kind}: The function is not allowed in a condition expression; function: {function}"


class MisusedFunction(InvalidExpression):
    wording = "Invalid {kind}: The function is not allowed to be used this way in an expression; function: {function}"


class ReservedWord(InvalidExpression):
    wording = "Invalid {kind}: Attribute name is a reserved keyword; reserved keyword: {word}"


class UndefinedName(InvalidExpression):
    wording = "Invalid {kind}: An expression attribute name used in the document path is not defined; attribute name: {name}"


class UndefinedValue(InvalidExpression):
    wording = "Invalid {kind}: An expression attribute value used in expression is not defined; attribute value: {name}"


class RepeatedClause(InvalidExpression):
    wording = 'Invalid {kind}: The "{clause}" section can only be used once in an update expression;'


class OverlappingPaths(InvalidExpression):
    wording = (
        "Invalid {kind}: Two document paths overlap with each other; "
        "must remove or rewrite one of these paths; path one: {one}, path two: {two}"
    )


class ConflictingPaths(InvalidExpression):
    wording = (
        "Invalid {kind}: Two document paths conflict with each other; "
        "must remove or rewrite one of these paths; path one: {one}, path two: {two}"
    )


class OperandCount(InvalidExpression):
    wording = (
        "Invalid {kind}: Incorrect number of operands for operator or function; "
        "operator or function: {function}, number of operands: {count}"
    )


class OperandIsNoPath(InvalidExpression):
    wording = "Invalid {kind}: Operator or function requires a document path; operator or function: {function}"


class OperandType(InvalidExpression):
    wording = (
        "Invalid {kind}: Incorrect operand type for operator or function; "
        "operator or function: {function}, operand type: {type}"
    )


class ClauseOperandType(InvalidExpression):
    """Of ADD and DELETE, whose types AWS spells out."""

    wording = (
        "Invalid {kind}: Incorrect operand type for operator or function; "
        "operator: {clause}, operand type: {type}, typeSet: ALLOWED_FOR_{clause}_OPERAND"
    )


class UnknownType(InvalidExpression):
    wording = "Invalid {kind}: Invalid attribute type name found; type: {type}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"


class OperandsNotDistinct(InvalidExpression):
    wording = (
        "Invalid {kind}: The first operand must be distinct from the remaining operands for this operator or function; "
        "operator: {function}, first operand: {operand}"
    )


class TooManyOptions(InvalidExpression):
    wording = "Invalid {kind}: The IN operator is provided with too many operands; number of operands: {count}"


class BoundsOfTwoTypes(InvalidExpression):
    wording = (
        "Invalid {kind}: The BETWEEN operator requires same data type for lower and upper bounds; "
        "lower bound operand: AttributeValue: {low}, upper bound operand: AttributeValue: {high}"
    )


class BoundsOutOfOrder(InvalidExpression):
    wording = (
        "Invalid {kind}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
        "lower bound operand: AttributeValue: {low}, upper bound operand: AttributeValue: {high}"
    )


# ---- what an update meets in an item ---------------------------------------------------------------------------------


class AttributeDoesNotExist(ValidationFailed):
    wording = "The provided expression refers to an attribute that does not exist in the item"


class PathInvalidForUpdate(ValidationFailed):
    wording = "The document path provided in the update expression is invalid for update"


class UpdateOperandType(ValidationFailed):
    wording = "An operand in the update expression has an incorrect data type"


class LegacyUpdateTypeMismatch(ValidationFailed):
    wording = "Type mismatch for attribute to update"

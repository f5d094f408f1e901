"""What PartiQL statements are refused with. ``at`` is line, column and length of the words that are meant, as AWS says it."""

from lambent.services.dynamodb.errors import DynamoError, InvalidParameterValues, ValidationFailed


class DuplicateItem(DynamoError):
    """INSERT never replaces an item."""

    code = "DuplicateItemException"
    wording = "Duplicate primary key exists in table"


# ---- the form of a statement -----------------------------------------------------------------------------------------


class NotWellFormed(ValidationFailed):
    wording = "Statement wasn't well formed, can't be processed: {reason}"


class StatementTooDeep(NotWellFormed):
    wording = "Statement wasn't well formed, can't be processed: It is nested too deeply"


class ManyStatements(ValidationFailed):
    wording = "Only one operation is allowed in a statement."


class ParameterCount(ValidationFailed):
    wording = "Number of parameters in request and statement don't match."


class UnsupportedClause(ValidationFailed):
    wording = "Unsupported clause: {clause} at {at}"


class InvalidTableName(ValidationFailed):
    wording = "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."


class TooManyPathElements(ValidationFailed):
    wording = "A path may contain at most 2 components in the FROM clause"


class ManyTables(ValidationFailed):
    wording = "Only select from a single table or index is supported."


class NotOnIndex(ValidationFailed):
    wording = "This operation is not supported on an index"


class ExistsOutsideTransaction(ValidationFailed):
    wording = "EXISTS can only be used in ExecuteTransaction write requests."


# ---- names and values ------------------------------------------------------------------------------------------------


class UnexpectedPathComponent(ValidationFailed):
    wording = "Unexpected path component at {at}"


class EmptyPathComponent(ValidationFailed):
    wording = "Path component cannot be an empty string"


class WildcardInPath(ValidationFailed):
    wording = "Wildcard path component like a[*].b are not supported"


class ListIndexOutOfRange(ValidationFailed):
    wording = "List index is not within the allowable range; index: [{index}]"


class StarAndOthers(ValidationFailed):
    wording = "Other attributes should not be present in the projection when '*' is used."


class AliasNotSupported(ValidationFailed):
    wording = "Aliasing is not supported"


class DuplicateColumns(ValidationFailed):
    wording = "Duplicate identifiers in select clause: {name}"


class NumberOutOfRange(ValidationFailed):
    """``under`` is where in a value it stands: root, root.name, root[0]."""

    wording = "{reason} under {under}"


class EmptyBag(ValidationFailed):
    wording = "Empty bags are not supported"


class BagOfManyTypes(ValidationFailed):
    wording = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"


class DuplicateTupleKey(ValidationFailed):
    wording = "Duplicate keys in tuple. Key: {key} under {parent}"


class TupleKeyIsNoString(ValidationFailed):
    wording = "Tuple keys must be of type String. Actual type: {type} under {parent}"


class UnsupportedType(ValidationFailed):
    wording = "Unsupported data type: {type} under key root at {at}"


class ItemIsNoTuple(ValidationFailed):
    wording = (
        "Unsupported format in item expression. Please use struct format {{...}} to express item values for insert statement."
    )


class ManyItems(ValidationFailed):
    wording = (
        "Unsupported operation: Inserting multiple items in a single statement is not supported, "
        'use "INSERT INTO tableName VALUE item" instead'
    )


# ---- operators and functions -----------------------------------------------------------------------------------------


class MissingIsNotCompared(ValidationFailed):
    wording = "MISSING must be compared using IS operator"


class InvalidIn(ValidationFailed):
    wording = (
        "IN operator must have a left hand argument of type Variable Reference "
        "and right hand argument of type Seq with at least one member"
    )


class UnsupportedIs(ValidationFailed):
    wording = (
        "Unsupported data type for IS operator: {type}. "
        "Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"
    )


class WhereIsNoCondition(ValidationFailed):
    wording = "WHERE clause must contain an expression that resolves to a boolean"


class UnrecognizedFunction(ValidationFailed):
    wording = "Unrecognized function: {function} at {at}"


class SetArgumentCount(ValidationFailed):
    wording = "SET_{operation} must have exactly two arguments at {at}"


class SetFirstArgument(ValidationFailed):
    wording = "The first argument to SET_{operation} must equal the assignment value at {at}"


class SetSecondArgument(ValidationFailed):
    wording = "The second argument to SET_{operation} must be a value with type SET at {at}"


# ---- returning -------------------------------------------------------------------------------------------------------


class ReturningSyntax(ValidationFailed):
    wording = "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"


class ReturningInInsert(ValidationFailed):
    wording = "RETURNING is not supported in INSERT"


class ReturningInDelete(ValidationFailed):
    wording = "Invalid returning clause: RETURNING {returning} *. Only RETURNING ALL OLD * is allowed in DELETE statements."


# ---- keys ------------------------------------------------------------------------------------------------------------


class IncompleteKey(ValidationFailed):
    wording = "Where clause does not contain a mandatory equality on all key attributes"


class ManyConditionsOnKey(ValidationFailed):
    wording = "Multiple conditions on same key {name}. Only single item Update/Insert/Delete are supported"


class OrderWithoutWhere(ValidationFailed):
    wording = "Must have WHERE clause in the statement when using ORDER BY clause."


class OrderWithoutPartition(ValidationFailed):
    wording = "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."


class OrderByOther(ValidationFailed):
    wording = "Variable reference {name} in ORDER BY clause must be part of the primary key"


class OrderWithoutPartitionKey(ValidationFailed):
    wording = "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause."


# ---- batches and transactions ----------------------------------------------------------------------------------------


class ReadWithoutKey(ValidationFailed):
    """``operation`` is ExecuteTransaction or BatchExecuteStatement."""

    wording = "Select statements within {operation} must specify the primary key in the where clause."


class IndexInTransaction(ValidationFailed):
    wording = "Reads on indices are not supported within transactions."


class ReturningInTransaction(ValidationFailed):
    wording = "RETURNING clause is not supported in ExecuteTransaction."


class IndexNotFound(ValidationFailed):
    wording = "The table does not have the specified index"


class ConsistentReadOfIndex(ValidationFailed):
    wording = "Strongly consistent read is not supported on Global Secondary Indexes"


class FilterBeyondIndex(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: "
        "Secondary index {index} does not project one or more filter attributes: [{names}]"
    )


class ExistsWithoutCondition(ValidationFailed):
    wording = "EXISTS() must contain a single item read with additional condition"


class FailedStatement(ValidationFailed):
    """Tells which statement of a transaction is meant."""

    wording = "Validation failed in TransactStatements[{index}]: {reason}"


class InvalidNextToken(ValidationFailed):
    wording = "Invalid NextToken"


class NextTokenOfAnother(ValidationFailed):
    wording = "NextToken does not match request"

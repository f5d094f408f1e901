"""What the parameters that requests had before expressions are refused with."""

from lambent.services.dynamodb.errors import InvalidParameterValues, ValidationFailed


class ConditionalOperatorAlone(ValidationFailed):
    wording = "ConditionalOperator cannot be used without Filter or Expected"


class ConditionalOperatorOfOne(ValidationFailed):
    wording = "ConditionalOperator can only be used when Filter or Expected has two or more elements"


class OneOfTwoOnly(InvalidParameterValues):
    wording = "One or more parameter values were invalid: {one} and {other} cannot be used together for Attribute: {name}"


class ValuesWithoutOperator(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: "
        "AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}"
    )


class OperatorWithoutValue(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: "
        "Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
    )


class ExpectedWithoutValue(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Value must be provided when Exists is {exists} for Attribute: {name}"


class ExpectedAbsentWithValue(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Value cannot be used when Exists is false for Attribute: {name}"


class ArgumentCount(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Invalid number of argument(s) for the {operator} ComparisonOperator"


class ArgumentsOfManyTypes(InvalidParameterValues):
    wording = "One or more parameter values were invalid: AttributeValues inside AttributeValueList must be of same type"


class ArgumentType(InvalidParameterValues):
    wording = (
        "One or more parameter values were invalid: ComparisonOperator {operator} is not valid for {type} AttributeValue type"
    )


class ArgumentsOutOfOrder(ValidationFailed):
    wording = "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"


class OperatorNotIndexable(ValidationFailed):
    wording = "Attempted conditional constraint is not an indexable operation"


class DuplicateAttribute(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Duplicate value in attribute name: {name}"


class UpdateWithoutValue(InvalidParameterValues):
    wording = "One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified"


class LegacyDeleteType(InvalidParameterValues):
    wording = "One or more parameter values were invalid: DELETE action with value is not supported for the type {type}"


class LegacyAddType(InvalidParameterValues):
    wording = "One or more parameter values were invalid: ADD action is not supported for the type {type}"

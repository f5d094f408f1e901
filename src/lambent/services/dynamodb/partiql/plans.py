"""What a statement asks of a table with certain keys: one item, ranges of keys, or all, and what is left for a filter."""

from collections.abc import Sequence

from msgspec import Struct

from lambent.services.dynamodb.engine import keys, values
from lambent.services.dynamodb.engine.keys import KeySchema
from lambent.services.dynamodb.engine.values import AttributeValue, Item
from lambent.services.dynamodb.expressions import conditions
from lambent.services.dynamodb.expressions.conditions import Condition
from lambent.services.dynamodb.expressions.key_conditions import KeyCondition, KeyRange, KeyTest
from lambent.services.dynamodb.expressions.nodes import And, Between, Call, Comparison, In, Literal, Operand, Or, Path
from lambent.services.dynamodb.expressions.nodes import Condition as Node
from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.statements import Order, Select

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


class Reading(Struct, frozen=True):
    """What a SELECT reads: ``ranges`` one after another, or all (None), each forwards or backwards, through a filter."""

    ranges: tuple[KeyRange, ...] | None
    filter: Condition | None
    is_forward: bool = True


class OneItem(Struct, frozen=True):
    """The item that a statement is about, and what else must hold of it."""

    key: Item
    condition: Node | None


def key_of(where: Node | None, schema: KeySchema) -> OneItem:
    """The one item that a condition names. Raises errors.IncompleteKey, ManyConditionsOnKey."""
    key: Item = {}
    rest: list[Node] = []
    for part in _parts(where):
        test = _test(part)
        if test is None or test.name not in schema.names:
            rest.append(part)
        elif test.name in key:
            raise errors.ManyConditionsOnKey(name=test.name)
        elif test.operator == "=":
            key[test.name] = test.values[0]
        else:
            raise errors.IncompleteKey
    if len(key) != len(schema.names):
        raise errors.IncompleteKey
    return OneItem({name: key[name] for name in schema.names}, _joined(rest))


def reading_of(select: Select, schema: KeySchema) -> Reading:
    """What a SELECT reads of a table or an index with those keys. Raises ValidationFailed."""
    parts = _parts(select.where)
    partitions: tuple[AttributeValue, ...] | None = None
    sort: KeyTest | None = None
    rest: list[Node] = []
    for part in parts:
        found = _partitions(part, schema.partition.name) if partitions is None else None
        test = _test(part) if schema.sort is not None and sort is None else None
        if found is not None:
            partitions = found
        elif test is not None and schema.sort is not None and test.name == schema.sort.name:
            sort = test
        else:
            rest.append(part)
    if partitions is None:
        partitions = _partitions_within(And(tuple(parts)), schema.partition.name)
    if partitions is None:
        _check_order_of_scan(select)
        return Reading(None, _compiled(parts))
    ordered = _ordered(partitions, select.order, schema)
    tests = (sort,) if sort is not None else ()
    ranges = tuple(KeyCondition((KeyTest(schema.partition.name, "=", (value,)), *tests)).for_keys(schema) for value in ordered)
    return Reading(ranges, _compiled(rest), not any(o.is_descending for o in select.order if _is_sort(o, schema)))


def _is_sort(order: Order, schema: KeySchema) -> bool:
    return schema.sort is not None and order.name == schema.sort.name


def _check_order_of_scan(select: Select) -> None:
    if select.order:
        raise errors.OrderWithoutPartition if select.where is not None else errors.OrderWithoutWhere


def _ordered(partitions: tuple[AttributeValue, ...], order: Sequence[Order], schema: KeySchema) -> list[AttributeValue]:
    """The partitions in the order in which they are read, each once."""
    distinct = [value for at, value in enumerate(partitions) if value not in partitions[:at]]
    for key in order:
        if key.name not in schema.names:
            raise errors.OrderByOther(name=key.name)
    by_partition = next((key for key in order if key.name == schema.partition.name), None)
    if by_partition is None:
        if order and len(distinct) > 1:
            raise errors.OrderWithoutPartitionKey
        return distinct
    comparable = [value for value in distinct if values.kind_of(value) == schema.partition.kind]
    # A value of another type fails where the key is checked, whatever its place.
    others = [value for value in distinct if value not in comparable]
    return others + sorted(comparable, key=keys.key_bytes, reverse=by_partition.is_descending)


def _parts(where: Node | None) -> list[Node]:
    """What must hold altogether."""
    if where is None:
        return []
    if not isinstance(where, And):
        return [where]
    return [inner for part in where.parts for inner in _parts(part)]


def _joined(parts: Sequence[Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _compiled(parts: Sequence[Node]) -> Condition | None:
    joined = _joined(parts)
    return conditions.compiled(joined) if joined is not None else None


def _partitions_within(part: Node, name: str) -> tuple[AttributeValue, ...] | None:
    """The partitions outside which a condition cannot be true, though it asks for more."""
    if isinstance(part, And):
        found = [some for inner in part.parts if (some := _partitions_within(inner, name)) is not None]
        return found[0] if found else None
    if isinstance(part, Or):
        each = [_partitions_within(inner, name) for inner in part.parts]
        return None if any(some is None for some in each) else tuple(value for some in each for value in some or ())
    return _partitions(part, name)


def _partitions(part: Node, name: str) -> tuple[AttributeValue, ...] | None:
    """The partitions that a condition is true of, if it is about nothing else: an equality, IN, or such with OR between."""
    if isinstance(part, Or):
        found = [_partitions(inner, name) for inner in part.parts]
        if any(some is None for some in found):
            return None
        return tuple(value for some in found for value in some or ())
    if isinstance(part, In):
        options = tuple(option.value for option in part.options if isinstance(option, Literal))
        is_whole = part.operand == Path((name,)) and len(options) == len(part.options)
        return options if is_whole else None
    test = _test(part)
    if test is None or test.name != name or test.operator != "=":
        return None
    return test.values


def _test(part: Node) -> KeyTest | None:
    """The test of a whole attribute against values that a condition is; None where it is another."""
    if isinstance(part, Comparison) and part.operator != "<>":
        left, right, operator = part.left, part.right, part.operator
        if isinstance(left, Literal):
            left, right, operator = right, left, _MIRRORED[operator]
        return _test_of(operator, left, (right,))
    if isinstance(part, Between):
        return _test_of("BETWEEN", part.operand, (part.low, part.high))
    if isinstance(part, Call) and part.function == "begins_with":
        return _test_of("begins_with", part.arguments[0], part.arguments[1:])
    return None


def _test_of(operator: str, operand: Operand, bounds: tuple[Operand, ...]) -> KeyTest | None:
    given = tuple(bound.value for bound in bounds if isinstance(bound, Literal))
    if not isinstance(operand, Path) or len(operand.elements) != 1 or len(given) != len(bounds):
        return None
    return KeyTest(str(operand.elements[0]), operator, given)

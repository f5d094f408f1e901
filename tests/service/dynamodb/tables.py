"""Tables to test with: made in a line, items in a few words."""

from typing import Any


def keys(text: str) -> dict[str, Any]:
    """``"id:S at:N"``: KeySchema and AttributeDefinitions."""
    pairs = [part.split(":") for part in text.split()]
    return {"KeySchema": schema(*(name for name, _ in pairs)), "AttributeDefinitions": definitions(text)}


def schema(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def definitions(text: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in (part.split(":") for part in text.split())]


def index(name: str, *key_names: str, projection: str = "ALL", **more: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": schema(*key_names), "Projection": {"ProjectionType": projection}, **more}


def make(dynamodb: Any, name: str = "things", key: str = "id:S", **settings: Any) -> dict[str, Any]:
    """A table on demand."""
    description: dict[str, Any] = dynamodb.create_table(
        **{"TableName": name, "BillingMode": "PAY_PER_REQUEST", **keys(key), **settings}
    )["TableDescription"]
    return description


def item(**values: Any) -> dict[str, Any]:
    """Texts, numbers, bytes, booleans, None, lists, maps and sets as attribute values."""
    return {name: value_of(value) for name, value in values.items()}


def value_of(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case list():
            return {"L": [value_of(member) for member in value]}
        case dict():
            return {"M": item(**value)}
        case set() if all(isinstance(member, str) for member in value):
            return {"SS": sorted(value)}
        case set():
            return {"NS": [str(member) for member in sorted(value)]}
    raise AssertionError(value)

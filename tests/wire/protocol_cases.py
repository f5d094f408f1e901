"""botocore's protocol cases, to be run in reverse: what its clients send, we parse; what they understand, we write."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.model import ServiceModel

from lambent.wire import models
from lambent.wire.models import Operation, Ref

FOLDER = Path(__file__).parents[3] / "shared" / "vectors" / "botocore-protocols"


@dataclass(frozen=True)
class Case:
    """One case, with its operation as we and as botocore know it."""

    id: str
    protocol: str
    document: dict[str, Any]
    content: dict[str, Any]

    @property
    def operation(self) -> Operation:
        operation = models.from_document("vectors", self.document).operation(self.content["given"]["name"])
        assert operation is not None
        return operation

    @property
    def botocore_model(self) -> ServiceModel:
        return ServiceModel(self.document, "vectors")


def cases(direction: str) -> Iterator[Case]:
    """All cases of one direction, "input" or "output"; none where the folder is absent."""
    for path in sorted((FOLDER / direction).glob("*.json")):
        for number, suite in enumerate(json.loads(path.read_text())):
            for case in suite["cases"]:
                given = case["given"]
                if suite["metadata"]["protocol"] == "query" and "output" in given:
                    # The cases leave out what every real model of this protocol says.
                    given["output"].setdefault("resultWrapper", f"{given['name']}Result")
                document = {
                    "metadata": suite["metadata"],
                    "shapes": suite["shapes"],
                    "operations": {given["name"]: given},
                }
                name = case.get("id") or f"{number}-{given['name']}"
                yield Case(f"{path.stem}/{name}", suite["metadata"]["protocol"], document, case)


def typed(ref: Ref | None, value: Any) -> Any:
    """A value of a JSON file with the types that botocore gives it: bytes, datetimes, special floats. None is left out."""
    if ref is None or value is None or ref.shape.document:
        return value
    if ref.jsonvalue and ref.location == "header":
        return json.loads(value) if isinstance(value, str) else value
    match ref.type:
        case "structure":
            return {name: typed(ref.shape.members[name], part) for name, part in value.items() if part is not None}
        case "list":
            return [typed(ref.shape.member, part) for part in value]
        case "map":
            return {key: typed(ref.shape.value, part) for key, part in value.items()}
        case "timestamp":
            return datetime.fromtimestamp(value, UTC) if not isinstance(value, str) else datetime.fromisoformat(value)
        case "blob":
            return value.encode() if isinstance(value, str) else value
        case "float" | "double":
            return float(value)
        case _:
            return value


def comparable(value: Any) -> Any:
    """The value with NaN spelt out, because NaN equals nothing, and the infinities, which botocore leaves as text in JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [comparable(part) for part in value]
    return value

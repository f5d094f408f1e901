"""template.yaml: the AWS::Serverless::Function resources of a SAM template that have their code beside it.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lambent.cli.dev.functions import Function, NotUnderstood, name_of

NAMES = ("template.yaml", "template.yml")
KIND = "AWS::Serverless::Function"
UNKNOWN = object()
"""The value of what only a deployed stack knows."""

_PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::StackName": "lambent-dev",
    "AWS::URLSuffix": "amazonaws.com",
}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms of functions: ``!Ref X`` is {"Ref": "X"}."""


def _short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short)


def is_one(path: Path) -> bool:
    """Whether the template has such functions at all."""
    return KIND in path.read_text(errors="replace")


def read(path: Path, *, python: str) -> Iterator[Function]:
    """``python``: the runtime where none is said. Raises NotUnderstood."""
    try:
        # A safe loader: what a template says is data.
        content = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise NotUnderstood(f"{path}: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
        raise NotUnderstood(f"{path}: it has no Resources")
    parameters = _table(content.get("Parameters"), f"{path}: Parameters")
    values = _PSEUDO | {
        name: each["Default"] for name, each in parameters.items() if isinstance(each, dict) and "Default" in each
    }
    shared = _table(_table(content.get("Globals"), f"{path}: Globals").get("Function"), f"{path}: Globals: Function")
    for logical_id, resource in content["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") == KIND:
            own = _table(resource.get("Properties"), f"{path}: {logical_id}: Properties")
            merged = {**shared, **own}
            if merged.get("PackageType") != "Image" and "InlineCode" not in merged:
                variables = _variables(shared, own, values, f"{path}: {logical_id}")
                yield _function(path, str(logical_id), merged, variables, values, python)


def _table(value: Any, place: str) -> Mapping[str, Any]:
    """A template that is being written may hold anything anywhere."""
    if value is not None and not isinstance(value, dict):
        raise NotUnderstood(f"{place} is not a mapping")
    return value or {}


def _variables(shared: Mapping[str, Any], own: Mapping[str, Any], values: Mapping[str, Any], place: str) -> dict[str, str]:
    """Those that are known here; who reads another finds none, as locally there is nothing that it could name."""
    said: dict[str, Any] = {}
    for properties in (shared, own):
        said |= _table(_table(properties.get("Environment"), f"{place}: Environment").get("Variables"), f"{place}: Variables")
    resolved = {name: resolve(value, values) for name, value in said.items()}
    return {
        name: _text(value) for name, value in resolved.items() if value is not UNKNOWN and not isinstance(value, dict | list)
    }


def _function(
    path: Path, logical_id: str, said: Mapping[str, Any], variables: Mapping[str, str], values: Mapping[str, Any], python: str
) -> Function:
    place = f"{path}: {logical_id}"
    known = {name: resolve(value, values) for name, value in said.items()}
    code = known.get("CodeUri", ".")
    if not isinstance(code, str) or code.startswith("s3:"):
        raise NotUnderstood(f"{place}: CodeUri is not a folder beside the template")
    folder = (path.parent / code).resolve()
    if not folder.is_dir():
        raise NotUnderstood(f"{place}: {folder} is no folder")
    handler = known.get("Handler")
    runtime = known.get("Runtime", python)
    if not isinstance(handler, str) or not isinstance(runtime, str):
        raise NotUnderstood(f"{place}: Handler and Runtime have to be said")
    requirements = folder / "requirements.txt"
    name = known.get("FunctionName")
    layers = known.get("Layers") or []
    return Function(
        name=name if isinstance(name, str) else name_of(logical_id),
        folder=folder,
        handler=handler,
        runtime=runtime,
        origin=path.name,
        environment=variables,
        timeout_s=_number(known.get("Timeout"), f"{place}: Timeout"),
        memory_mb=_number(known.get("MemorySize"), f"{place}: MemorySize"),
        layers=tuple(each for each in layers if isinstance(each, str)) if isinstance(layers, list) else (),
        requirements=requirements if requirements.is_file() and runtime.startswith("python") else None,
    )


def resolve(value: Any, values: Mapping[str, Any]) -> Any:
    """The value of Ref, Sub and Join over parameters' defaults; UNKNOWN where something else is asked for."""
    if isinstance(value, list):
        return [resolve(each, values) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and isinstance(value["Ref"], str):
        return values.get(value["Ref"], UNKNOWN)
    if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        return _substituted(value["Fn::Sub"], values)
    if set(value) == {"Fn::Join"}:
        match value["Fn::Join"]:
            case [separator, [*parts]]:
                resolved = [resolve(part, values) for part in parts]
                return UNKNOWN if UNKNOWN in resolved else str(separator).join(map(_text, resolved))
    if len(value) == 1 and next(iter(value)).startswith("Fn::"):
        return UNKNOWN
    return {name: resolve(each, values) for name, each in value.items()}


def _substituted(text: str, values: Mapping[str, Any]) -> Any:
    names = re.findall(r"\$\{([^!}][^}]*)\}", text)
    if any(name not in values for name in names):
        return UNKNOWN
    filled = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: _text(values[match[1]]), text)
    return filled.replace("${!", "${")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any, place: str) -> int | None:
    if value is None or value is UNKNOWN:
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise NotUnderstood(f"{place} is {value!r}, not a number") from error

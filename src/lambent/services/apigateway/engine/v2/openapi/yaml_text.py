"""YAML that stands for JSON: no merges, of which a small text makes a huge document, and no dates, which JSON has not."""

from typing import Any

import yaml

from lambent.core.errors import LambentError

DEPTH_MAX = 200


class BadYaml(LambentError):
    """The text is no YAML, or has in it what is not read."""


def load(text: str) -> Any:
    """Raises BadYaml."""
    try:
        _check_depth(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see below
    except (yaml.YAMLError, ValueError) as error:
        raise BadYaml("no YAML") from error


def dump(document: Any) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text


def _check_depth(text: str) -> None:
    """The parser in C calls itself for each level, and ends the process where there are too many. Raises BadYaml."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            raise BadYaml("too deep")


_Parsing: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast, where it is there


class _Loader(_Parsing):  # type: ignore[misc]  # yaml has no types
    def flatten_mapping(self, node: Any) -> None:
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise BadYaml("a merge")
        super().flatten_mapping(node)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

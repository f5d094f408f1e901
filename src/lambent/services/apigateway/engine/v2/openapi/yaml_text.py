"""YAML that stands for JSON: no aliases, of which a small text makes a huge document, and no dates, which JSON has not."""

from typing import Any

import yaml

from lambent.core.errors import LambentError


class BadYaml(LambentError):
    """The text is no YAML, or has in it what is not read."""


def load(text: str) -> Any:
    """Raises BadYaml."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see below
    except (yaml.YAMLError, ValueError) as error:
        raise BadYaml("no YAML") from error


def dump(document: Any) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return text


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise BadYaml("an alias")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

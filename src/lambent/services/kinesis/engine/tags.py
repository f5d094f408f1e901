"""What tags may be: https://docs.aws.amazon.com/streams/latest/dev/tagging.html."""

import re
from collections.abc import Collection, Mapping

from lambent.services.kinesis import errors

TAGS_MAX = 50
NONE: Mapping[str, str] = {}

_ALLOWED = re.compile(r"[\w\s./=+\-@:]*")


def checked(name: str, account: str, tags: Mapping[str, str]) -> Mapping[str, str]:
    """The tags of what has this name. Raises TooManyTags, BadTagCharacters."""
    if not all(_ALLOWED.fullmatch(text) for pair in tags.items() for text in pair):
        raise errors.BadTagCharacters()
    if len(tags) > TAGS_MAX:
        raise errors.TooManyTags(name=name, account=account, count_max=TAGS_MAX)
    return tags


def changed(kept: Mapping[str, str], *, added: Mapping[str, str], removed: Collection[str]) -> dict[str, str]:
    return {key: value for key, value in {**kept, **added}.items() if key not in removed}

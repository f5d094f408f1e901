"""Values of any shape of a model, drawn by hypothesis: what botocore would accept as a parameter, or AWS would answer."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from lambent.wire.models import Ref, Shape

Draw = Callable[[st.SearchStrategy[Any]], Any]

DEPTH_MAX = 4
START = datetime(1980, 1, 1, tzinfo=UTC)
SECONDS = 2**31

TOKEN = st.text(string.ascii_letters + string.digits + "-.", min_size=1, max_size=12)
HEADER = st.text(string.ascii_letters + string.digits + "-_./:;=+*()'\" ", min_size=1, max_size=12).map(str.strip)
LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text not in (".", "..")
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\n\t"), max_size=12
)
MILLISECONDS = st.integers(0, SECONDS * 1_000).map(lambda count: START + timedelta(milliseconds=count))
WHOLE_SECONDS = st.integers(0, SECONDS).map(lambda count: START + timedelta(seconds=count))
SINGLE = st.floats(allow_nan=False, allow_infinity=False, width=32)
DOUBLE = st.floats(allow_nan=False, allow_infinity=False)
INTEGER = st.integers(-(2**31), 2**31 - 1)
LONG = st.integers(-(2**63), 2**63 - 1)
BLOB = st.binary(max_size=12)
ASCII_BLOB = st.text(string.ascii_letters, min_size=1, max_size=12).map(str.encode)


@dataclass(frozen=True)
class Form:
    """What a protocol can carry: some forms lose what is empty, and XML cannot hold every character."""

    is_xml: bool  # text without what XML 1.0 forbids, and without what it normalizes
    loses_empty: bool  # the query protocol has no word for an empty map or structure
    is_output: bool

    @property
    def text(self) -> st.SearchStrategy[str]:
        return XML_TEXT if self.is_xml else TEXT


def structure(draw: Draw, shape: Shape, form: Form, *, always: frozenset[str] = frozenset(), depth: int = 0) -> dict[str, Any]:
    """A structure: all required members, and some of the others. ``always`` are treated as required."""
    names = [name for name, ref in shape.members.items() if not (form.loses_empty and _is_hollow(ref))]
    if shape.union:
        chosen = {draw(st.sampled_from(names))}
    else:
        needed = (always | set(shape.required)) & set(names)
        optional = [name for name in names if name not in needed]
        chosen = set(needed)
        if optional and depth < DEPTH_MAX:
            mask = draw(st.integers(0, 2 ** len(optional) - 1))
            chosen |= {name for bit, name in enumerate(optional) if mask >> bit & 1}
        if form.loses_empty and not chosen and names:
            chosen = {names[0]}
    return {name: member(draw, shape.members[name], form, depth=depth) for name in names if name in chosen}


def _is_hollow(ref: Ref) -> bool:
    return ref.type == "structure" and not ref.shape.members


def member(draw: Draw, ref: Ref, form: Form, *, depth: int) -> Any:
    """A value where ``ref`` stands."""
    match ref.location:
        case "uri":
            return _in_label(draw, ref)
        case "header" | "headers":
            return _in_header(draw, ref, form)
        case "querystring":
            return _in_query(draw, ref)
        case "statusCode":
            return 200
        case _:
            return _in_body(draw, ref, form, depth=depth)


def _in_label(draw: Draw, ref: Ref) -> Any:
    return draw(LABEL) if ref.type == "string" else _scalar(draw, ref, TOKEN, WHOLE_SECONDS)


def _in_header(draw: Draw, ref: Ref, form: Form) -> Any:
    if ref.type == "map":
        return draw(st.dictionaries(TOKEN.map(str.lower), HEADER, min_size=1, max_size=2))
    if ref.type == "list":
        element = ref.shape.member
        assert element is not None
        # botocore writes quoted elements but cannot read them.
        strategy = TOKEN if form.is_output else HEADER.filter(bool)
        return [_scalar(draw, element, strategy, WHOLE_SECONDS) for _ in range(draw(st.integers(1, 2)))]
    return _scalar(draw, ref, TOKEN if ref.host_label else HEADER, WHOLE_SECONDS)


def _in_query(draw: Draw, ref: Ref) -> Any:
    if ref.type == "map":
        return {f"free-{draw(TOKEN)}": draw(TEXT)}
    if ref.type == "list":
        element = ref.shape.member
        assert element is not None
        return [_scalar(draw, element, TEXT, WHOLE_SECONDS) for _ in range(draw(st.integers(1, 2)))]
    return _scalar(draw, ref, TEXT, WHOLE_SECONDS)


def _in_body(draw: Draw, ref: Ref, form: Form, *, depth: int) -> Any:
    match ref.type:
        case "structure":
            return structure(draw, ref.shape, form, depth=depth + 1)
        case "list":
            assert ref.shape.member is not None
            count = _count(draw, ref, form, depth)
            return [_in_body(draw, ref.shape.member, form, depth=depth + 1) for _ in range(count)]
        case "map":
            assert ref.shape.key is not None
            assert ref.shape.value is not None
            keys = [_in_body(draw, ref.shape.key, form, depth=depth + 1) for _ in range(_count(draw, ref, form, depth))]
            return {key: _in_body(draw, ref.shape.value, form, depth=depth + 1) for key in keys}
        case _:
            is_attribute = ref.xml_attribute
            return _scalar(draw, ref, TOKEN if is_attribute else form.text, _moment(ref))


def _count(draw: Draw, ref: Ref, form: Form, depth: int) -> int:
    can_be_empty = not (form.is_xml and ref.flattened) and not (form.loses_empty and ref.type == "map")
    least = 0 if can_be_empty else 1
    return draw(st.integers(least, 2)) if depth < DEPTH_MAX else least


def _moment(ref: Ref) -> st.SearchStrategy[datetime]:
    return WHOLE_SECONDS if (ref.timestamp_format or "").lower() == "rfc822" else MILLISECONDS


def _scalar(draw: Draw, ref: Ref, text: st.SearchStrategy[str], moment: st.SearchStrategy[datetime]) -> Any:
    match ref.type:
        case "string" | "character":
            return draw(st.sampled_from(ref.shape.enum)) if ref.shape.enum else draw(text)
        case "boolean":
            return draw(st.booleans())
        case "integer":
            return draw(INTEGER)
        case "long":
            return draw(LONG)
        case "float":
            return draw(SINGLE)
        case "double":
            return draw(DOUBLE)
        case "timestamp":
            return draw(moment)
        case "blob":
            return draw(BLOB)
    raise AssertionError(f"no value for a {ref.type}")

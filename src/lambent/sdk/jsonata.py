"""The pure steps in JSONata, as Step Functions evaluates it. What keys mean is said in ``keys``; this says the same.

JSONata takes apart lists of one item, and lists in lists. So items travel in objects (``$w``: the item ``x``, its key ``k`` and
the key's canonical text ``c``), and come out of them last. It has no access by a computed index but by going through the list,
so what belongs together is found by name in objects: time grows with the number of items, sorted or not.

An expression may do only so much, and evaluating it is most of what a pure step costs. So records whose keys are properties
with text, numbers, booleans or null in them, which is nearly all, go a quick way, without those objects; ``$fast`` says whether
they do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lambent.sdk.collections import Batched, DistinctBy, Extreme, Filter, FlatMap, GroupBy, Reduce, SortBy
from lambent.sdk.keys import Composite, Computed, Path, Selector
from lambent.sdk.steps import NOTHING
from lambent.sdk.values import to_json

EXPRESSION_MARK = "{%"

_MISSING = '"j"'
"""The canonical text of what is not there; that of null is "jnull"."""

# Canonical text. It begins with a letter or a sign, so that no engine takes it for an index, and is the same only for keys that
# are. JSONata writes numbers with 15 digits: what that leaves of a number is written behind it.
_NUMBER = (
    "$num := function($n) { ($b := $abs($n) > 1e300; $m := $b ? $n / 1024 : $n; $s := $string($m); $r := $m - $number($s); "
    '($b ? "##" : "#") & $s & ($r = 0 ? "" : "~" & $string($r))) }'
)
_DEEP = (
    '$deep := function($v) { ($t := $type($v); $t = "array" ? "[" & $join($map($v, $deep), ",") & "]" : $t = "object" ? '
    '"{" & $join($map($sort($keys($v)), function($n) { $string([$n]) & $deep($lookup($v, $n)) }), ",") & "}" : '
    '$t = "number" ? $num($v) : $string([$v])) }'
)
_TEXT = (
    '$text := function($v) { ($t := $type($v); $t = "string" ? "s" & $v : $t = "number" ? $num($v) : '
    '$t = "array" or $t = "object" ? $deep($v) : "j" & $string($v)) }'
)
_COMPARE = (
    '$ranks := {"null": 0, "boolean": 1, "number": 2, "string": 3, "array": 4, "object": 5}; '
    "$rank := function($v) { $lookup($ranks, $type($v)) }; "
    "$cmp := function($a, $b) { ($p := $rank($a); $q := $rank($b); $p != $q ? $p - $q : $p = 0 ? 0 : "
    "$p = 1 ? $number($a) - $number($b) : $p < 4 ? ($a > $b ? 1 : $a < $b ? -1 : 0) : $p = 4 ? $lists($a, $b) : "
    "$objects($a, $b, [$sort($keys($a))], [$sort($keys($b))])) }; "
    "$lists := function($a, $b) { ($r := $reduce($a, function($r, $v, $i) { $r != 0 ? $r : $i >= $count($b) ? 1 : "
    "$cmp($v, $b[$i]) }, 0); $r = 0 and $count($a) < $count($b) ? -1 : $r) }; "
    "$objects := function($a, $b, $m, $n) { ($r := $reduce($m, function($r, $v, $i) { $r != 0 ? $r : $i >= $count($n) ? 1 : "
    "($o := $n[$i]; $v > $o ? 1 : $v < $o ? -1 : $cmp($lookup($a, $v), $lookup($b, $v))) }, 0); "
    "$r = 0 and $count($m) < $count($n) ? -1 : $r) }"
)
_BOX = '$box := function($v) { $type($v) = "array" ? [[$v]] : [$v] }'
_LIST = "$list := function($l) { $count($l) = 0 ? [] : $count($l) = 1 ? $box($l[0].x) : $map($l, function($p) { $p.x }) }"
_TRUTH = '$truth := function($v) { $type($v) = "array" ? $count($v) > 0 : $boolean($v) }'
_SORTED = (
    "$kinds := [$w{c: $[0]}.*]{$type(k): [$]}; "
    "$sorted := [$map([null, false, true], $text), $map($sort($kinds.number.k), $num), "
    "$map($sort($kinds.string.k), $text), $sort([$kinds.array, $kinds.object], function($l, $r) { $cmp($l.k, $r.k) > 0 }).c]"
)
_SORTED_QUICKLY = (
    "$kinds := [$map($keys($g), function($t) { $parse($t) })]{$type(k): [k]}; "
    '$short := function($v) { $string({"k": $v}) }; '
    "$sorted := [$map([null, false, true], $short), $map($sort($kinds.number), $short), $map($sort($kinds.string), $short)]"
)


def expression(step: Any, source: str, *, is_paired: bool = False) -> str:
    """What the step makes of ``source``, an expression that gives the list.

    ``is_paired``: the list is of ``{"x": item, "k": key}``, because a function has made the keys.
    """
    body = _WRITERS[type(step)](step, is_paired)
    refused = text(f"TypeError: {step.title} takes a list, not ")
    return f'($in := {source}; $type($in) != "array" ? $error({refused} & $type($in)) : {body})'


def text(value: str) -> str:
    """A literal. ``%}`` would look like the end of the expression that it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("%}", "\\u0025}")


def constant(value: Any) -> Any:
    """A value as it stands in a template: text that would be taken for an expression becomes one that gives the text."""
    if isinstance(value, dict):
        return {name: constant(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [constant(inner) for inner in value]
    return template(text(value)) if isinstance(value, str) and value.startswith(EXPRESSION_MARK) else value


def template(expression: str) -> str:
    return f"{{% {expression} %}}"


# ---- keys --------------------------------------------------------------------------------------------------------------------


def _key(key: Selector, item: str) -> str:
    """The key of an item, undefined where it has none."""
    if isinstance(key, Path):
        return _path(key, item)
    if isinstance(key, Composite):
        names = [f"$k{number}" for number in range(len(key.keys))]
        bound = "; ".join(f"{name} := {_key(inner, item)}" for name, inner in zip(names, key.keys, strict=True))
        boxed = f"$box({names[0]})"
        for name in names[1:]:
            boxed = f"$append({boxed}, $box({name}))"
        return f"({bound}; {' and '.join(f'$exists({name})' for name in names)} ? {boxed})"
    assert isinstance(key, Computed)
    raise NotInJsonata(key)


class NotInJsonata(TypeError):
    """A callable stands where only what JSONata can say may stand."""

    def __init__(self, callable_: Any) -> None:
        super().__init__(repr(callable_))
        self.callable = callable_


def _path(key: Path, item: str) -> str:
    found = item
    for part in key.parts:
        # Both would go into the items of a list, or take what is no list for one of one item.
        kind, taken = ("object", f"$lookup($v, {text(part)})") if isinstance(part, str) else ("array", f"$v[{part}]")
        found = f'($v := {found}; $type($v) = "{kind}" ? {taken})'
    return found


def _exact(values: str) -> str:
    """Whether its JSON text says all of it. The greatest numbers are not asked for: written, they may be greater than any."""
    return f"($s := $string({values}); $contains($s, /e[+]?308|inf/i) ? false : $parse($s) = {values})"


def _names(key: Selector) -> list[str] | None:
    """The properties, where the key is one or several; ``$`` for the item itself."""
    if isinstance(key, Composite):
        inner = [_names(each) for each in key.keys]
        return [names[0] for names in inner if names] if all(names and names != ["$"] for names in inner) else None
    if not isinstance(key, Path) or len(key.parts) > 1:
        return None
    if not key.parts:
        return ["$"]
    name = key.parts[0]
    return [f"`{name}`"] if isinstance(name, str) and _PLAIN.fullmatch(name) else None


_PLAIN = re.compile(r"[^`\\\x00-\x1f%]+")


def _checked(title: str, key: Selector) -> str:
    missing = _missing(title, key, f"$w[c = {_MISSING}][0].i")
    return f"{_MISSING} in $w.c ? $error({missing})"


def _missing(title: str, key: Selector, index: str) -> str:
    before, after = text(f"MissingKey: {title}: item "), text(f" has no {key!r}")
    return f"{before} & $string({index}) & {after}"


# ---- steps -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Grouping:
    """What is made of the items that have one key, and of the list of what was made: of ``$w``, and in the quick way."""

    value: str
    result: Callable[[str], str]
    quick_value: str
    quick_result: Callable[[str], str]
    order: str = "input"
    is_reverse: bool = False

    def values(self) -> str:
        if self.order == "input":
            return "$g.*"
        return f"$map({'$reverse($sorted)' if self.is_reverse else '$sorted'}, function($c) {{ $lookup($g, $c) }})"


def _grouped(step: Any, is_paired: bool, grouping: _Grouping) -> str:
    names = ["k"] if is_paired else _names(step.key)
    slowly = _slowly(step, is_paired, grouping)
    if names is None:
        return f"$count($in) = 0 ? [] : {slowly}"
    # Of a path over lists nobody could say what was in which: whether any item is one is asked first.
    kinds = '$not("array" in $kinds)' if names == ["$"] else '[$distinct($kinds)] = ["object"]'
    key = "$in" if names == ["$"] else ", ".join(f"$in.{name}" for name in names)
    written = ", ".join(f'"{_member(number)}": {name}' for number, name in enumerate(names))
    scalars = '($t := $join($keys($g)); $not($contains($t, ":[") or $contains($t, ":{")))'
    exact = f"($k := [{key}]; $count($k) = {len(names)} * $count($in) ? {_exact('$k')} : false)"
    grouped = f"$kinds := [$map($in, $type)]; $g := {kinds} ? $in{{$string({{{written}}}): {grouping.quick_value}}}"
    fast = f"$fast := $exists($g) ? ({scalars} ? {exact} : false) : false"
    quickly = _quickly(grouping, len(names))
    defined = f"{_BOX}; {_LIST}; " if is_paired else ""
    return f"$count($in) = 0 ? [] : ({defined}{grouped}; {fast}; $fast ? {quickly} : {slowly})"


def _member(number: int) -> str:
    """The name of a key in the text that it is found by in the quick way."""
    return "k" * (number + 1)


def _quickly(grouping: _Grouping, count: int) -> str:
    defined = []
    result = grouping.quick_result(grouping.values())
    if "$cmp" in result or (grouping.order == "key" and count > 1):
        defined.append(_COMPARE)
    if grouping.order == "key" and count == 1:
        defined.append(_SORTED_QUICKLY)
    elif grouping.order == "key":
        left, right = (", ".join(f"${side}.{_member(number)}" for number in range(count)) for side in "lr")
        compared = f"function($l, $r) {{ $cmp([{left}], [{right}]) > 0 }}"
        parsed = "[$map($keys($g), function($t) { $parse($t) })]"
        defined.append(f"$sorted := [$map($sort({parsed}, {compared}), function($v) {{ $string($v) }})]")
    return f"({'; '.join([*defined, result])})"


def _slowly(step: Any, is_paired: bool, grouping: _Grouping) -> str:
    needs_order = grouping.order == "key" or "$cmp" in grouping.value
    defined = [_BOX, _LIST, _NUMBER, _DEEP, _TEXT, *([_COMPARE] if needs_order else [])]
    item, found = ("$p.x", "$p.k") if is_paired else ("$p", _key(step.key, "$p"))
    entry = f'{{"i": $i, "x": {item}, "k": $k, "c": $text($k)}}'
    wrapped = f"$w := $map($in, function($p, $i) {{ ($k := {found}; {entry}) }})"
    sorting = "" if grouping.order == "input" else f"{_SORTED}; "
    body = f"($g := $w{{c: {grouping.value}}}; {sorting}{grouping.result(grouping.values())})"
    return f"({'; '.join([*defined, wrapped])}; {_checked(step.title, step.key)} : {body})"


def _distinct_by(step: DistinctBy, is_paired: bool) -> str:
    quick = _unwrapped if is_paired else _plain
    if isinstance(step.keep, Extreme):
        wrapped = _extreme_function(step.keep, "$a.x", "$b.x")
        bare = wrapped if is_paired else _extreme_function(step.keep, "$a", "$b")
        made = _Grouping(
            f"$reduce([$], {wrapped})",
            _unwrapped,
            '{"v": [$]}',
            lambda values: quick(f"$map([{values}], function($v) {{ $reduce($v.v, {bare}) }})"),
            step.order,
        )
        return _grouped(step, is_paired, made)
    if not isinstance(step.keep, str):
        raise NotInJsonata(step.keep)
    chosen = "$[0]" if step.keep == "first" else "$[-1]"
    grouped = _grouped(step, is_paired, _Grouping(chosen, _unwrapped, chosen, quick, step.order))
    if step == DistinctBy(Path()) and not is_paired:
        return f"{_exact('$in')} ? $distinct($in) : {grouped}"  # what is written exactly, $distinct can tell apart
    return grouped


def _extreme_function(keep: Extreme, first: str, second: str) -> str:
    """Of two items; ``first`` and ``second`` are what they are of ``$a`` and ``$b``."""

    def taken(item: str, index: int) -> str:
        missing = _missing(repr(keep), keep.key, str(index))
        return f'($k := {_key(keep.key, item)}; $exists($k) ? {{"k": $k}} : $error({missing}))'

    sign = ">" if keep.is_max else "<"
    compared = f"$cmp($d.k, $c.k) {sign} 0"
    return f"function($a, $b) {{ ($c := {taken(first, 0)}; $d := {taken(second, 1)}; {compared} ? $b : $a) }}"


def _unwrapped(values: str) -> str:
    return f"$list([{values}])"


def _plain(values: str) -> str:
    return f"[{values}]"


def _group_by(step: GroupBy, is_paired: bool) -> str:
    value = '{"key": $[0].k, "items": $list([$])}'
    quick = value if is_paired else f'{{"key": {_first_key(step.key)}, "items": [$]}}'
    return _grouped(step, is_paired, _Grouping(value, _plain, quick, _plain, step.order))


def _first_key(key: Selector) -> str:
    """Of the items that have it, in the quick way."""
    found = ["$[0]" if name == "$" else f"$[0].{name}" for name in _names(key) or []]
    return f"[{', '.join(found)}]" if isinstance(key, Composite) else "".join(found)


def _sort_by(step: SortBy, is_paired: bool) -> str:
    def listed(values: str) -> str:
        return _unwrapped(f"{values}.v")

    def plain(values: str) -> str:
        return _plain(f"{values}.v")

    value = '{"v": [$]}'
    made = _Grouping(value, listed, value, listed if is_paired else plain, "key", step.reverse)
    return _grouped(step, is_paired, made)


def _batched(step: Batched, is_paired: bool) -> str:  # noqa: ARG001 - as all
    return f"$count($in) = 0 ? [] : $partition($in, {step.n})"


def _filter(step: Filter, is_paired: bool) -> str:
    item, found = ("$p.x", "$p.k") if is_paired else ("$p", _key(step.key, "$p"))
    flag = f"$exists($k) ? $truth($k) : {_MISSING}"
    wrapped = f'$w := $map($in, function($p, $i) {{ ($k := {found}; {{"i": $i, "x": {item}, "c": {flag}}}) }})'
    defined = "; ".join([_BOX, _LIST, _TRUTH, wrapped])
    return f"$count($in) = 0 ? [] : ({defined}; {_checked(step.title, step.key)} : $list([$w[c]]))"


def _flat_map(step: FlatMap, is_paired: bool) -> str:
    found = "$p.k" if is_paired else _key(step.key, "$p")
    kind = f"$exists($k) ? $type($k) : {_MISSING}"
    wrapped = f'$w := $map($in, function($p, $i) {{ ($k := {found}; {{"i": $i, "x": $k, "c": {kind}}}) }})'
    missing = _missing(step.title, step.key, "$o.i")
    before, after = text(f"TypeError: {step.title}: what item "), text(" gives is no list but ")
    no_list = f"{before} & $string($o.i) & {after} & $o.c"
    other = f'$o := $w[c != "array"][0]; $exists($o) ? $error($o.c = {_MISSING} ? {missing} : {no_list})'
    flat = "($n := $sum($w.$count(x)); $n = 0 ? [] : $n = 1 ? $w[$count(x) = 1].x : $w.x)"
    return f"$count($in) = 0 ? [] : ({_BOX}; {wrapped}; {other} : {flat})"


def _reduce(step: Reduce, is_paired: bool) -> str:  # noqa: ARG001 - as all
    keep = step.function
    if not isinstance(keep, Extreme):
        raise NotInJsonata(keep)
    begun = "" if step.initial is NOTHING else f", {_literal(to_json(step.initial))}"
    reduced = f"({_BOX}; {_COMPARE}; $reduce($in, {_extreme_function(keep, '$a', '$b')}{begun}))"
    if begun:
        return reduced
    refused = text(f"TypeError: {step.title} of an empty list without an initial value")
    return f"$count($in) = 0 ? $error({refused}) : $count($in) = 1 ? $in[0] : {reduced}"


def _literal(value: Any) -> str:
    """A value, from its text: as literals large numbers would lose digits."""
    return f"$parse({text(json.dumps(value, ensure_ascii=False))})"


_WRITERS: dict[type, Callable[[Any, bool], str]] = {
    DistinctBy: _distinct_by,
    GroupBy: _group_by,
    SortBy: _sort_by,
    Batched: _batched,
    Filter: _filter,
    FlatMap: _flat_map,
    Reduce: _reduce,
}


def is_pure(step: Any) -> bool:
    return type(step) in _WRITERS

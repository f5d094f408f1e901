"""The language as its reference has it: JSONata's own cases, and those that differ here, each with the reason."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lambent.lang.jsonata.engine import NOTHING, parsed
from lambent.lang.jsonata.errors import EvaluationError, InvalidJsonata
from lambent.lang.jsonata.limits import DEPTH_MAX, EVALUATIONS_MAX, Limits
from lambent.lang.jsonata.values import entering

CASES = Path(__file__).parents[4].parent / "shared" / "vectors" / "jsonata"

NO_EVAL = "Step Functions takes $eval away"
TOO_MUCH_WORK = "more evaluations than an expression may take"
TOO_DEEP = "Step Functions lets an expression nest 100 levels"
TOO_LARGE = "Step Functions bounds a value to 6,990,256 bytes"
PICTURE = "the library refuses the picture as well, by another code"
NOT_THE_SAME = {
    "flattening/large[0]": TOO_MUCH_WORK,
    "flattening/large[1]": TOO_MUCH_WORK,
    "performance/case000": TOO_MUCH_WORK,
    "performance/case001": TOO_MUCH_WORK,
    "tail-recursion/case001": TOO_DEEP,
    "range-operator/case021": TOO_LARGE,
    "range-operator/case024": TOO_LARGE,
    "function-formatNumber/case024": PICTURE,
    "function-formatNumber/case025": PICTURE,
    "function-formatNumber/case028": PICTURE,
    "function-formatNumber/case032": PICTURE,
    "function-formatNumber/issue786[0]": PICTURE,
    "function-formatNumber/issue786[1]": PICTURE,
    "function-formatNumber/issue786[2]": PICTURE,
    "function-formatNumber/issue786[3]": PICTURE,
    "function-formatNumber/case014": "the library leaves out the digit before the point",
    "function-formatInteger/formatInteger[43]": "the library spells all digits of the nearest floating-point number",
    "function-tomillis/parseDateTime[28]": "the library takes the missing date from the machine, not from the clock",
    "function-tomillis/parseDateTime[46]": "the library takes six digits of a second at most",
    "literals/case015": "the library refuses the escape as well, by another code",
    "partial-application/case003": "the library refuses the missing $ as well, by another code; AWS refuses the name",
}
"""Cases that end otherwise here, and why."""


def _cases_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    name = f"{path.parent.name}/{path.stem}"
    cases = [(name, found)] if isinstance(found, dict) else [(f"{name}[{number}]", case) for number, case in enumerate(found)]
    for _, case in cases:
        if "expr-file" in case:
            case["expr"] = (path.parent / case["expr-file"]).read_text(encoding="utf-8")
    return cases


@cache
def dataset(name: str) -> Any:
    return json.loads((CASES / "datasets" / f"{name}.json").read_text(encoding="utf-8"))


def outcome(case: dict[str, Any]) -> Any:
    """A value, NOTHING, or the code of an error."""
    document = dataset(case["dataset"]) if case.get("dataset") else case.get("data")
    given = entering(document) if document is not None or "data" in case else None
    bindings = {name: entering(value) for name, value in case.get("bindings", {}).items()}
    # A time limit in milliseconds becomes a number of evaluations: what never ends need not run as long as it may.
    evaluations = min(EVALUATIONS_MAX, case.get("timelimit", EVALUATIONS_MAX) * 25)
    limits = Limits(depth_max=case.get("depth", 2 * DEPTH_MAX), evaluations_max=evaluations)
    try:
        return parsed(case["expr"]).evaluate_json(bindings, 0.0, limits, document=given)
    except EvaluationError as error:
        return error.code
    except InvalidJsonata as error:
        return error.reason.partition(":")[0]


def expected(case: dict[str, Any]) -> Any:
    code = case.get("code") or case.get("error", {}).get("code")
    return NOTHING if case.get("undefinedResult") else code if code is not None else case["result"]


@pytest.mark.skipif(not CASES.is_dir(), reason="the vectors are not beside this checkout (../shared/vectors/jsonata)")
@pytest.mark.parametrize("part", range(8))
def test_the_cases_of_the_reference_pass(part):
    different, count = [], 0
    for path in sorted((CASES / "groups").glob("*/*.json"))[part::8]:
        for name, case in _cases_of(path):
            if path.parent.name == "function-eval" or name in NOT_THE_SAME:
                continue
            count += 1
            found = outcome(case)
            if found != expected(case):
                different.append(f"{name}: {case['expr'][:80]!r} gave {found!r} instead of {expected(case)!r}")
    assert not different, "\n".join(different)
    assert count > 150


@pytest.mark.skipif(not CASES.is_dir(), reason="the vectors are not beside this checkout (../shared/vectors/jsonata)")
def test_every_case_that_is_told_to_differ_does():
    cheap = {name for name, reason in NOT_THE_SAME.items() if reason not in (TOO_MUCH_WORK, TOO_LARGE, TOO_DEEP)}
    cases = dict(case for path in (CASES / "groups").glob("*/*.json") for case in _cases_of(path))
    assert cases.keys() >= NOT_THE_SAME.keys()
    assert [name for name in cheap if outcome(cases[name]) == expected(cases[name])] == []


def test_eval_is_taken_away():
    with pytest.raises(EvaluationError, match="Attempted to invoke a non-function") as failed:
        parsed("$eval('1')").evaluate_json({}, 0.0)
    assert failed.value.code == "T1006"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-5 ?: 1", -5),
        ("5.5 % 2", 1.5),
        ("1 in [true]", False),
        ("1/0", "Infinity"),
        ("[0/0]", ["NaN"]),
        ("$x.y", None),
        ("$x.z", NOTHING),
        ("$count($list)", 2),
        ("[$list, 1]", [None, 1, 1]),
        ("$string($x)", '{"y":null}'),
        ("'\\ud834\\udd1e' = '\U0001d11e'", True),
        ("$x ? 'a' : 'b'", "a"),
        ("$big", 1e30),
    ],
)
def test_what_the_library_gets_wrong_is_mended(text, value):
    given = {"x": entering({"y": None}), "list": entering([None, 1]), "big": entering(10**30)}
    assert parsed(text).evaluate_json(given, 0.0) == value


@pytest.mark.parametrize("nested", ["($f:=function($n){$n=0?1:$n*$f($n-1)}; $f(NUMBER))", "+".join("1" * 10)])
def test_one_expression_can_be_evaluated_again_and_again(nested):
    engine = parsed(nested.replace("NUMBER", "3"))
    assert engine.evaluate_json({}, 0.0) == engine.evaluate_json({}, 0.0)


def test_threads_evaluate_one_expression_at_once():
    engine = parsed("$reduce($map($n, function($v) { $v * 2 }), function($a, $b) { $a + $b })")

    def evaluate(number):
        return [engine.evaluate_json({"n": list(range(number))}, 0.0) for _ in range(20)]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(evaluate, range(10, 14))) == [[number * (number - 1)] * 20 for number in range(10, 14)]


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        ("($f:=function($n){$n=0?1:$n*$f($n-1)}; $f(31))", "($f:=function($n){$n=0?1:$n*$f($n-1)}; $f(32))"),
        ("+".join(["1"] * 100), "+".join(["1"] * 101)),
        ("(" * 99 + "1" + ")" * 99, "(" * 100 + "1" + ")" * 100),
    ],
)
def test_an_expression_nests_as_deep_as_on_aws_and_no_deeper(fits, exceeds):
    assert parsed(fits).evaluate_json({}, 0.0) is not NOTHING
    with pytest.raises(EvaluationError, match=r"^Stack overflow error: .* Depth=101 max=100$"):
        parsed(exceeds).evaluate_json({}, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "($f:=function($s,$n){$n=0?$s:$f($s&$s,$n-1)}; $f('a',23))",
        "($f:=function($s,$n){$n=0?$s:$f([[$s,$s]],$n-1)}; $f(1,60))",
        "($f:=function($s,$n){$n=0?$s:$f({'a':$s,'b':$s},$n-1)}; $f(1,60))",
        "[1..873783]",
        "$range(1, 360146, 1)",
        "$pad('', 7000000)",
        "$pad('', -7000000)",
        "$join($map([1..1000], function($i) { 'a' }), $pad('', 7000))",
        "$replace($pad('',10000,'a'), 'a', $pad('',1000,'b'))",
        "$replace($pad('',10000,'a'), /a/, $pad('',1000,'b'))",
    ],
)
def test_a_value_is_as_large_as_on_aws_and_no_larger(text):
    with pytest.raises(EvaluationError, match=r"^Expression evaluation memory limit exceeded$"):
        parsed(text).evaluate_json({}, 0.0, Limits(evaluations_max=250_000))


@pytest.mark.parametrize("text", ["($f:=function(){$f()}; $f())", "($f:=function($n){($sum([1..10000]); $f($n))}; $f(1))"])
def test_what_never_ends_is_ended(text):
    with pytest.raises(EvaluationError, match="timeout") as failed:
        parsed(text).evaluate_json({}, 0.0, Limits(evaluations_max=5_000))
    assert failed.value.code == "U1001"


@pytest.mark.parametrize("text", ["(" * 5_000 + "1", "+".join(["1"] * 5_000), "((" * 30 + "1" + " ?: 1)" * 30 + ")" * 30])
def test_a_text_of_any_depth_is_parsed_or_refused(text):
    try:
        parsed(text)
    except InvalidJsonata:
        return

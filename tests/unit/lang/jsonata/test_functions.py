"""The functions that Step Functions adds, and those that are mended."""

import hashlib
import re

import pytest

from lambent.core import ids
from lambent.lang.jsonata.engine import NOTHING, parsed
from lambent.lang.jsonata.errors import EvaluationError


def value(text, now=0.0):
    return parsed(text).evaluate_json({}, now)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$partition([1..7], 3)", [[1, 2, 3], [4, 5, 6], [7]]),
        ("$partition([1..3], 2.9)", [[1, 2], [3]]),
        ("$partition([1], 4)", [[1]]),
        ("$partition([], 2)", NOTHING),
        ("$partition([1], 0)", NOTHING),
        ("$range(0, 10, 2)", [0, 2, 4, 6, 8, 10]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(3, 3, 1)", 3),
        ("$range(1, 3)", NOTHING),
        ("$range(1, 3, -1)", NOTHING),
        ("$range(1, 3, 0)", NOTHING),
        ("$hash('a', 'MD5')", hashlib.md5(b"a").hexdigest()),
        ("$hash('a', 'SHA-512')", hashlib.sha512(b"a").hexdigest()),
        ("$hash('a')", NOTHING),
        ("$hash('a', 'md5')", NOTHING),
        ("$random(3) = $random(3)", True),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("$parse('null')", None),
        ("$parse($no)", NOTHING),
        ("$type($parse('null'))", "null"),
    ],
)
def test_an_added_function_gives(text, result):
    assert value(text) == result


DRAWN = "{'number': $random(), 'id': $uuid(), 'order': $shuffle([1..20])}"


def test_chance_is_asked_of_core():
    with ids.seeded(1):
        first = value(DRAWN)
    with ids.seeded(1):
        assert value(DRAWN) == first
    assert 0 <= first["number"] < 1
    assert re.fullmatch(r"[0-9a-f-]{36}", first["id"])
    assert sorted(first["order"]) == list(range(1, 21))


def test_a_text_that_is_no_json_is_not_parsed():
    with pytest.raises(EvaluationError, match=r"^\$parse: "):
        value("$parse('{')")


def test_the_time_is_what_the_caller_says():
    assert value("[$now(), $millis()]", 1_700_000_000.123) == ["2023-11-14T22:13:20.123Z", 1_700_000_000_123]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$number('0x1F')", 31),
        ("$number('-1.5e2')", -150),
        ("$number(true)", 1),
        ("$string(1e20)", "100000000000000000000"),
        ("$string(1e21)", "1e+21"),
        ("$string(0.000001)", "0.000001"),
        ("$string(0.1 + 0.2)", "0.3"),
        ("$string('é')", "é"),
        ("$string({'a': [1, $sum]}, true)", '{\n  "a": [\n    1,\n    ""\n  ]\n}'),
        ("$sort([3, 1, 2])", [1, 2, 3]),
        ("$sort([{'n':1,'i':1},{'n':0,'i':2},{'n':1,'i':3}], function($a, $b) { $a.n > $b.n }).i", [2, 1, 3]),
        ("$distinct([1, 1.0, '1', {'a':1,'b':2}, {'b':2,'a':1}])", [1, "1", {"a": 1, "b": 2}]),
        ("$split('a1b22c', /[0-9]+/)", ["a", "b", "c"]),
        ("$split('abc', '')", ["a", "b", "c"]),
        ("$match('ab cd', /(\\w)(x)?\\w/).groups", ["a", "", "c", ""]),
        ("$replace('abc', /(b)/, '[$1$0$$$2]')", "a[bb$]c"),
        ("$replace('aaa', 'a', 'b', 2)", "bba"),
        ("$replace('abc', /b/, function($m) { $uppercase($m.match) })", "aBc"),
        ("$contains('abc', /B/i)", True),
        ("$pad('x', -3, '0')", "00x"),
        ("$join(['a', 'b'], ', ')", "a, b"),
    ],
)
def test_a_mended_function_gives(text, result):
    assert value(text) == result


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$number('x')", "D3030"),
        ("$number('')", "D3030"),
        ("$power(-2, 1/3)", "D3061"),
        ("$power(100, 1000)", "D3061"),
        ("$toMillis('yesterday')", "D3110"),
        ("$toMillis('2018', '[q]')", "D3132"),
        ("$sort([{}, {}])", "D3070"),
        ("$sort([1, 'a'])", "D3070"),
        ("$string(1/0)", "D3001"),
        ("$error()", "D3137"),
        ("$encodeUrl('\\ud800')", "D3140"),
        ("$decodeUrlComponent('%E0%A4%A')", "D3140"),
        ("$replace('a', '', 'b')", "D3010"),
        ("$replace('a', 'a', 'b', -1)", "D3011"),
        ("$replace('a', /a/, function($m) { 1 })", "D3012"),
        ("$split('a', ',', -1)", "D3020"),
        ("$match('a', /a/, -1)", "D3040"),
        ("$match('a', /.*?/)", "D1004"),
        ("$split('a', $uppercase)", "T1010"),
        ("$sum('a')", "T0412"),
    ],
)
def test_a_mended_function_refuses(text, code):
    with pytest.raises(EvaluationError) as failed:
        value(text)
    assert failed.value.code == code


def test_distinct_values_of_a_long_list_are_found_in_time():
    assert len(value("$distinct([1..20000])")) == 20_000


@pytest.mark.parametrize("text", ["$fromMillis(1e20)", "$fromMillis(-1e20)", "$fromMillis(1e300)"])
def test_a_moment_beyond_any_calendar_is_an_error_of_the_expression(text):
    with pytest.raises(EvaluationError):
        value(text)

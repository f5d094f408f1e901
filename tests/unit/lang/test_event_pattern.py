"""The pattern language: what matches, and which texts are no patterns. The reasons are recorded answers of AWS."""

import json

import pytest

from lambent.core.clock import monotonic_s
from lambent.lang.event_pattern import InvalidEventPattern, compiled


def matches(pattern: object, event: object) -> bool:
    return compiled(json.dumps(pattern)).matches(event)


@pytest.mark.parametrize(
    ("choices", "value", "is_meant"),
    [
        (["a", "b"], "b", True),
        (["a"], "A", False),
        (["1"], 1, False),
        ([1], "1", False),
        ([300], 300.0, True),
        ([1], True, False),
        ([True], 1, False),
        ([True], True, True),
        ([False], 0, False),
        ([None], None, True),
        ([None], "null", False),
        ([""], "", True),
        ([{"exact": "a"}], "a", True),
        ([{"prefix": "eu-"}], "eu-west-1", True),
        ([{"prefix": "eu-"}], "us-eu-1", False),
        ([{"prefix": "1"}], 12, False),
        ([{"prefix": {"equals-ignore-case": "EU-"}}], "eu-west-1", True),
        ([{"suffix": ".png"}], "a.png", True),
        ([{"suffix": ".png"}], "a.PNG", False),
        ([{"suffix": {"equals-ignore-case": ".png"}}], "a.PNG", True),
        ([{"equals-ignore-case": "ALICE"}], "alice", True),
        ([{"equals-ignore-case": "alice"}], "alices", False),
        ([{"anything-but": "a"}], "b", True),
        ([{"anything-but": "a"}], "a", False),
        ([{"anything-but": "a"}], 1, True),
        ([{"anything-but": ["a", "b"]}], "b", False),
        ([{"anything-but": 1}], 1.0, False),
        ([{"anything-but": [1, 2]}], 3, True),
        ([{"anything-but": {"prefix": "a"}}], "ab", False),
        ([{"anything-but": {"prefix": ["a", "b"]}}], "bc", False),
        ([{"anything-but": {"prefix": ["a", "b"]}}], "c", True),
        ([{"anything-but": {"suffix": "z"}}], "az", False),
        ([{"anything-but": {"equals-ignore-case": ["a", "b"]}}], "B", False),
        ([{"anything-but": {"equals-ignore-case": "a"}}], "b", True),
        ([{"anything-but": {"wildcard": "*/bin/*"}}], "/usr/bin/python", False),
        ([{"anything-but": {"wildcard": "*/bin/*"}}], "/usr/lib", True),
        ([{"numeric": ["=", 3.015e2]}], 301.5, True),
        ([{"numeric": ["<", 10]}], 10, False),
        ([{"numeric": ["<=", 10]}], 10, True),
        ([{"numeric": [">", -1]}], 0, True),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 0, False),
        ([{"numeric": [">=", 0, "<", 5]}], 5, False),
        ([{"numeric": [">", 0]}], "1", False),
        ([{"numeric": [">", 0]}], True, False),
        ([{"exists": True}], None, True),
        ([{"exists": False}], None, False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.255", True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.1.0", False),
        ([{"cidr": "2001:db8::/32"}], "2001:db8::1", True),
        ([{"cidr": "10.0.0.0/24"}], "2001:db8::1", False),
        ([{"cidr": "10.0.0.0/24"}], "not an address", False),
        ([{"cidr": "0.0.0.0/0"}], 1, False),
        (["x", {"prefix": "y"}], "yes", True),
    ],
)
def test_a_value_is_judged_by_its_choices(choices: list[object], value: object, is_meant: bool):
    assert matches({"key": choices}, {"key": value}) is is_meant


@pytest.mark.parametrize(
    ("wildcard", "text", "is_meant"),
    [
        ("a*", "abc", True),
        ("a*", "a", True),
        ("*.png", "dir/a.png", True),
        ("dir/*.png", "dir/a.jpg", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("aba*aba", "aba", False),
        ("*", "", True),
        ("plain", "plain", True),
        ("plain", "plainer", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\*", "a\\b", True),
    ],
)
def test_a_star_stands_for_any_text(wildcard: str, text: str, is_meant: bool):
    assert matches({"key": [{"wildcard": wildcard}]}, {"key": text}) is is_meant


def test_a_wildcard_of_many_stars_does_not_backtrack():
    pattern = compiled(json.dumps({"key": [{"wildcard": "a*" * 500 + "b"}]}))
    started_s = monotonic_s()
    assert not pattern.matches({"key": "a" * 100_000 + "c"})
    assert monotonic_s() - started_s < 1


class TestFields:
    def test_all_fields_must_match(self):
        assert matches({"a": [1], "b": [2]}, {"a": 1, "b": 2})
        assert not matches({"a": [1], "b": [2]}, {"a": 1, "b": 3})
        assert not matches({"a": [1], "b": [2]}, {"a": 1})

    def test_fields_that_the_pattern_does_not_name_do_not_matter(self):
        assert matches({"a": [1]}, {"a": 1, "z": {}})

    def test_objects_nest(self):
        assert matches({"a": {"b": {"c": ["x"]}}}, {"a": {"b": {"c": "x"}}})
        assert not matches({"a": {"b": {"c": ["x"]}}}, {"a": {"b": "x"}})
        assert not matches({"a": ["x"]}, {"a": {"b": "x"}})

    def test_a_field_that_is_absent_matches_only_exists_false(self):
        assert matches({"a": [{"exists": False}]}, {})
        assert matches({"a": {"b": [{"exists": False}]}}, {})
        assert matches({"a": [{"exists": False}, "x"]}, {"a": "x"})
        assert not matches({"a": [{"exists": True}]}, {})
        assert not matches({"a": [None]}, {})
        assert not matches({"a": [{"anything-but": "x"}]}, {})

    def test_only_leaves_exist(self):
        assert matches({"a": [{"exists": False}]}, {"a": {"b": 1}})
        assert not matches({"a": [{"exists": True}]}, {"a": {"b": 1}})
        assert not matches({"a": [{"exists": True}]}, {"a": []})

    def test_what_is_no_object_matches_no_value(self):
        assert not matches({"a": ["x"]}, "x")
        assert not matches({"a": ["x"]}, None)

    @pytest.mark.parametrize(
        "event", [{"a": {"b": "x"}}, {"a.b": "x"}, {"a": [{"b": "x"}]}], ids=["nested", "dotted", "in an array"]
    )
    @pytest.mark.parametrize("pattern", [{"a": {"b": ["x"]}}, {"a.b": ["x"]}], ids=["nested", "dotted"])
    def test_a_dot_in_a_name_is_a_step_down(self, pattern: object, event: object):
        assert matches(pattern, event)


class TestArrays:
    def test_any_element_of_an_array_may_match(self):
        assert matches({"a": ["x", "y"]}, {"a": ["z", "y"]})
        assert matches({"a": ["x"]}, {"a": [["x"]]})
        assert not matches({"a": ["x"]}, {"a": []})

    def test_anything_but_is_content_with_one_other_element(self):
        assert matches({"a": [{"anything-but": "x"}]}, {"a": ["x", "y"]})
        assert not matches({"a": [{"anything-but": "x"}]}, {"a": ["x"]})

    def test_one_object_of_an_array_must_match_as_a_whole(self):
        pattern = {"records": {"name": ["put"], "size": [17]}}
        assert matches(pattern, {"records": [{"name": "del", "size": 1}, {"name": "put", "size": 17}]})
        assert not matches(pattern, {"records": [{"name": "put", "size": 1}, {"name": "del", "size": 17}]})

    def test_objects_are_found_in_arrays_of_arrays(self):
        assert matches({"s3": {"object": {"key": [{"prefix": "auto-"}]}}}, {"s3": {"object": [[{"key": "auto-1"}]]}})

    def test_an_event_may_be_nested_deeper_than_the_interpreter_can_recurse(self):
        event: object = "x"
        for _ in range(10_000):
            event = [event]
        assert matches({"a": ["x"]}, {"a": event})


class TestOr:
    def test_one_way_is_enough(self):
        pattern = {"source": ["s"], "$or": [{"a": [1]}, {"b": {"c": [2]}}]}
        assert matches(pattern, {"source": "s", "a": 1})
        assert matches(pattern, {"source": "s", "b": {"c": 2}})
        assert not matches(pattern, {"source": "s", "a": 2})
        assert not matches(pattern, {"a": 1})

    def test_ways_nest(self):
        pattern = {"detail": {"$or": [{"a": [1]}, {"b": [2], "$or": [{"c": [3]}, {"d": [4]}]}]}}
        assert matches(pattern, {"detail": {"b": 2, "d": 4}})
        assert not matches(pattern, {"detail": {"b": 2}})

    def test_above_a_list_of_values_it_is_a_name_like_others(self):
        assert matches({"$or": ["x"]}, {"$or": "x"})

    def test_a_single_way_is_read_as_an_operator(self):
        with pytest.raises(InvalidEventPattern, match="Unrecognized match type a"):
            compiled('{"$or": [{"a": [1]}]}')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "failed to parse JSON. Input data was truncated"),
        ('"text"', "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"a":{}}', "Empty objects are not allowed"),
        ('{"a":"b"}', '"a" must be an object or an array'),
        ('{"key":{"suffix":"value"}}', '"suffix" must be an object or an array'),
        ('{"a":[]}', "Empty arrays are not allowed"),
        ('{"key":[["value"]]}', "Match value must be String, number, true, false, or null"),
        ('{"key":[{}]}', "Match expression name not found"),
        ('{"key":[{"wrong-operator":true}]}', "Unrecognized match type wrong-operator"),
        ('{"key":[{"suffix":"value","prefix":"value2"}]}', "Only one key allowed in match expression"),
        ('{"key":[{"suffix":100}]}', "suffix match pattern must be a string"),
        ('{"key":[{"prefix":null}]}', "prefix match pattern must be a string"),
        ('{"key":[{"prefix":{"suffix":"x"}}]}', "Unsupported prefix pattern: suffix"),
        ('{"key":[{"equals-ignore-case":[]}]}', "equals-ignore-case match pattern must be a string"),
        ('{"key":[{"wildcard":1}]}', "wildcard match pattern must be a string"),
        ('{"key":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 1"),
        ('{"key":[{"wildcard":"a\\\\b"}]}', "Invalid escape character at pos 1"),
        ('{"key":[{"exists":null}]}', "exists match pattern must be either true or false."),
        ('{"key":[{"exists":"no"}]}', "exists match pattern must be either true or false."),
        ('{"key":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"key":[{"cidr":"10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer"),
        ('{"key":[{"cidr":"10.0.0.0/33"}]}', "Malformed CIDR, 10.0.0.0/33 is no block of addresses"),
        ('{"key":[{"numeric":"x"}]}', "Value of numeric must be an array."),
        ('{"key":[{"numeric":[]}]}', "Invalid member in numeric match: ]"),
        ('{"key":[{"numeric":["operator"]}]}', "Unrecognized numeric range operator: operator"),
        ('{"key":[{"numeric":[1,"<="]}]}', "Invalid member in numeric match: 1"),
        ('{"key":[{"numeric":["=","000"]}]}', "Value of equals must be numeric"),
        ('{"key":[{"numeric":[">="]}]}', "Value of >= must be numeric"),
        ('{"key":[{"numeric":["<",100,">",10]}]}', "Too many elements in numeric expression"),
        ('{"key":[{"numeric":[">=",1,">",2]}]}', "Bad numeric range operator: >"),
        ('{"key":[{"numeric":[">",3,"<",1]}]}', "Bottom must be less than top"),
        ('{"key":[{"numeric":[">",20,"<="]}]}', "Value of <= must be numeric"),
        ('{"key":[{"numeric":[">",20,30]}]}', "Bad value in numeric range: 30"),
        ('{"key":[{"numeric":[">",20,"test"]}]}', "Bad numeric range operator: test"),
        ('{"key":[{"numeric":[">","20","<","30"]}]}', "Value of > must be numeric"),
        ('{"key":[{"numeric":[">",20,"<","30"]}]}', "Value of < must be numeric"),
        ('{"key":[{"numeric":[">",20,"<",30,"<",50]}]}', "Too many terms in numeric range expression"),
        ('{"key":[{"numeric":["=",5000000001]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
        ('{"key":[{"anything-but":null}]}', "Value of anything-but must be an array or single string/number value."),
        ('{"key":[{"anything-but":[null]}]}', "Inside anything but list, start|null|boolean is not supported."),
        (
            '{"key":[{"anything-but":["a",1]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        ('{"key":[{"anything-but":{"wrong-operator":null}}]}', "Unsupported anything-but pattern: wrong-operator"),
        ('{"key":[{"anything-but":{"prefix":false}}]}', "prefix match pattern must be a string"),
        ('{"key":[{"anything-but":{"prefix":""}}]}', "Null prefix/suffix not allowed"),
        ('{"a":' * 200 + "[1]" + "}" * 200, "Event pattern is nested too deeply"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(text: str, reason: str):
    with pytest.raises(InvalidEventPattern) as refused:
        compiled(text)
    assert refused.value.reason == reason


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a": [NaN]}', '"\\ud800'])
def test_no_text_breaks_the_compiler(text: str):
    with pytest.raises(InvalidEventPattern):
        compiled(text)


def test_a_pattern_is_compiled_once():
    assert compiled('{"a": ["once"]}') is compiled('{"a": ["once"]}')


def test_the_parsed_document_is_at_hand_for_limits():
    assert compiled('{"a": [1, 2]}').document == {"a": [1, 2]}

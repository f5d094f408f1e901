"""YAML that stands for JSON."""

import pytest

from lambent.services.apigateway.engine.v2.openapi import yaml_text


def test_dates_are_texts_as_in_json():
    assert yaml_text.load("version: 2017-04-21T04:08:08Z\nday: 2017-04-21") == {
        "version": "2017-04-21T04:08:08Z",
        "day": "2017-04-21",
    }


@pytest.mark.parametrize(
    "text", ["a: &x {b: 1}\nc:\n  <<: *x", "a: [", "[" * 100_000, "? " * 100_000, "a: !!python/object:os.system x", "\x00"]
)
def test_merges_and_what_is_no_yaml_are_refused(text):
    with pytest.raises(yaml_text.BadYaml):
        yaml_text.load(text)


def test_an_alias_is_what_it_stands_for():
    assert yaml_text.load("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


def test_what_is_written_is_read_again():
    document = {"b": [1, "2", None], "a": {"ü": True}}
    assert yaml_text.load(yaml_text.dump(document)) == document

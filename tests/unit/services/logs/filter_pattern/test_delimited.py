"""Patterns over fields between spaces, with the documentation's own examples."""

import pytest

from lambent.services.logs.errors import InvalidPattern
from lambent.services.logs.filter_pattern import delimited

LINE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
NAMES = "ip, user, username, timestamp, request, status_code, bytes"


@pytest.mark.parametrize(
    "pattern",
    [
        NAMES,
        r"ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes",
        "..., request =*.html*, status_code = 4*, bytes",
        "ip, ...",
        "ip = 127.0.0.1, ..., bytes > 1000",
        "ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes",
        "ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes",
        "..., request=*.html*, status_code=4*,",
        '..., request = "GET /index.html HTTP/1.0", s, b',
        "...",
    ],
)
def test_a_line_matches(pattern):
    assert delimited.parse(pattern).matches(LINE)


@pytest.mark.parametrize(
    "pattern",
    [
        f"{NAMES}, one_more",
        "..., status_code = 404",
        "ip, ..., bytes > 2000",
        "ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes",
        "a, b, c, d, e, f, ..., g, h",
    ],
)
def test_a_line_does_not_match(pattern):
    assert not delimited.parse(pattern).matches(LINE)


def test_the_last_field_takes_the_rest_of_the_line():
    row = delimited.parse("w1=ERROR || w1=WARNING, w2")
    assert row.matches("ERROR 09/25/2014 12:00:02 Failed to process request\n")
    assert not row.matches("INFO 09/25/2014 12:00:00 GET")
    assert not row.matches("ERROR")
    assert row.extract("ERROR a  [b] c") == {"$w1": "ERROR", "$w2": "a  [b] c"}


def test_fields_are_extracted_by_name_or_by_number():
    extracted = delimited.parse("..., request=*.html*, status_code=4*,").extract(LINE)
    assert extracted == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }


@pytest.mark.parametrize("pattern", ["a=", "a=1 b=2", "..., ...", "a ! b", "a > x", "a=%1%, b=%2%, c=%3%", "a=1 &&"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(InvalidPattern):
        delimited.parse(pattern)


def test_commas_in_quotes_part_no_fields():
    assert delimited.parse('a = "x,y", b').matches('"x,y" z')

"""Codes and words of what goes wrong."""

from lambent.lang.jsonata.library import JException
from lambent.lang.jsonata.messages import code_and_message, code_of, of_syntax


def test_the_words_of_an_error_tell_its_code():
    assert (
        code_of("The 'name' modifier can only be applied to months and days in the date/time picture string, not Y") == "D3133"
    )
    assert code_of("something else") == ""


def test_a_message_says_function_and_not_object():
    assert code_and_message(JException("T0410", 0, 1, "sum")) == (
        "T0410",
        "Argument 1 of function sum does not match function signature",
    )


def test_a_users_own_message_stays_as_it_is():
    assert code_and_message(JException("D3137", 0, "Object lost")) == ("D3137", "Object lost")


def test_a_parse_that_python_stopped_is_a_syntax_error():
    assert of_syntax("[1!2]", KeyError("!")) == "S0204: Unknown operator: !"
    assert of_syntax("1 /* 2", IndexError("string index out of range")) == "S0106: Comment has no closing tag"
    assert of_syntax("x", TypeError("odd")) == "Syntax error: odd"

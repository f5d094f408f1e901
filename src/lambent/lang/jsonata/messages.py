"""The codes and words of JSONata for what the library raises, which in places has neither."""

import re

from lambent.lang.jsonata.library import JException

_PLACE = re.compile(r"\\\{\\\{.*?\\\}\\\}")


def _pattern(message: str) -> re.Pattern[str]:
    """Of what a message looks like once its facts are in, whichever quotes stand in it."""
    with_facts = _PLACE.sub(".*", re.escape(message))
    return re.compile(with_facts.replace('"', """['"]""").replace("Object", "(Object|function)"), re.DOTALL)


_PATTERNS = {code: _pattern(text) for code, text in JException.error_codes.items() if text.strip("{}") != "message"}


def code_of(message: str) -> str:
    """Of an exception that was raised without one, but with the words of it; empty where they are others."""
    return next((code for code, pattern in _PATTERNS.items() if pattern.match(message)), "")


def code_and_message(error: JException) -> tuple[str, str]:
    """The library says Object where JSONata says function, since it was ported by way of another language."""
    code, message = str(error.error), str(error)
    if code not in JException.error_codes:
        return code_of(code), code
    return code, message.replace("Object", "function") if code in _PATTERNS else message


def of_syntax(text: str, error: Exception) -> str:
    """Of an exception by which Python, and not the library, stopped a parse."""
    if isinstance(error, KeyError):
        return f"S0204: Unknown operator: {error.args[0]}"
    if isinstance(error, IndexError) and "/*" in text:
        return "S0106: Comment has no closing tag"
    code = code_of(str(error))
    return f"{code}: {error}" if code else f"Syntax error: {error}"

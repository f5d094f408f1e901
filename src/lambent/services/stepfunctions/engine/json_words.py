"""What Jackson, AWS' JSON parser, says of a text that is no JSON: clients see its words."""

import json
import re

WORDS = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_TOKEN = re.compile(r"\w+")


def refusal(text: str) -> str:
    """Of a text that does not parse."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        position = error.pos
        if error.msg.startswith("Expecting property name") and position < len(text):
            character = text[position]
            return (
                f"Unexpected character ('{character}' (code {ord(character)})): was expecting double-quote to start field name"
            )
        token = _TOKEN.match(text, position)
        if token is not None:
            return f"Unrecognized token '{token.group()}': was expecting ({WORDS})"
        if position < len(text):
            character = text[position]
            return f"Unexpected character ('{character}' (code {ord(character)})): expected a valid value ({WORDS})"
    except RecursionError:
        pass
    return "Invalid execution input."

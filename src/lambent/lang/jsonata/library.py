"""The library, without what importing it does to the process: it raises the limit of recursion, which guards the stack.

And with all digits of whole numbers, as AWS' own engine keeps them in longs.
"""

import sys

_recursion_limit = sys.getrecursionlimit()

from jsonata.functions import Functions  # noqa: E402 - the limit must be read before
from jsonata.jexception import JException  # noqa: E402
from jsonata.jsonata import Jsonata  # noqa: E402
from jsonata.parser import Parser  # noqa: E402
from jsonata.utils import Utils  # noqa: E402

sys.setrecursionlimit(_recursion_limit)

_convert_number = Utils.convert_number


def _kept_number(number: float) -> float | None:
    """What a function returns. The library sends whole numbers through a float, which takes digits of those beyond 2**53."""
    return number if type(number) is int else _convert_number(number)


Utils.convert_number = staticmethod(_kept_number)

__all__ = ["Functions", "JException", "Jsonata", "Parser", "Utils"]

"""The library, without what importing it does to the process: it raises the limit of recursion, which guards the stack."""

import sys

_recursion_limit = sys.getrecursionlimit()

from jsonata.functions import Functions  # noqa: E402 - the limit must be read before
from jsonata.jexception import JException  # noqa: E402
from jsonata.jsonata import Jsonata  # noqa: E402
from jsonata.parser import Parser  # noqa: E402
from jsonata.utils import Utils  # noqa: E402

sys.setrecursionlimit(_recursion_limit)

__all__ = ["Functions", "JException", "Jsonata", "Parser", "Utils"]

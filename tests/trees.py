"""Syntax trees of source files, parsed while no garbage is collected.

Python 3.11 counts the depth of a tree in one place for all: where a finaliser or another thread formats a traceback meanwhile,
which parses too, it ends with "AST constructor recursion depth mismatch".
"""

import ast
import gc
from typing import Any


def parse(source: str, **options: Any) -> ast.Module:
    gc.disable()
    try:
        return ast.parse(source, **options)
    finally:
        gc.enable()

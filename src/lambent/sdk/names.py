"""Names that AWS takes, made of those of modules, functions and variables."""

import hashlib
import re
import sys
from pathlib import Path

_DIGEST_LENGTH = 8


def safe(text: str, length_max: int) -> str:
    """``text`` in letters, digits, - and _; see ``shortened``."""
    return shortened(re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-"), length_max)


def shortened(name: str, length_max: int) -> str:
    """What is longer ends with a digest, so that different names stay different."""
    if len(name) <= length_max:
        return name
    return f"{name[: length_max - 1 - _DIGEST_LENGTH]}-{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]}"


def module_name(name: str) -> str:
    """The name under which a module can be imported: also where it is the program that runs, as ``__main__``."""
    if name != "__main__":
        return name
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)  # of ``python -m``
    if spec is not None:
        return str(spec.name)
    return Path(getattr(main, "__file__", None) or "main").stem

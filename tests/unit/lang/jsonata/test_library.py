"""The library is imported without a trace."""

import sys
from subprocess import run


def test_importing_the_library_leaves_the_limit_of_recursion_as_it_was():
    script = (
        "import sys; sys.setrecursionlimit(777); import lambent.lang.jsonata.library; sys.exit(sys.getrecursionlimit() != 777)"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0

"""The library is imported without a trace."""

import sys
from subprocess import run


def test_importing_the_library_leaves_the_limit_of_recursion_as_it_was():
    script = (
        "import sys; sys.setrecursionlimit(777); import lambent.lang.jsonata.library; sys.exit(sys.getrecursionlimit() != 777)"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0


def test_functions_keep_all_digits_of_whole_numbers():
    from lambent.lang.jsonata.engine import parsed

    number = 2**53 + 1
    for text in ('$lookup($o, "a")', "$max([$o.a])", "$map([$o.a], function($v) { $v })"):
        assert parsed(text).evaluate_json({"o": {"a": number}}, 0.0) == number, text

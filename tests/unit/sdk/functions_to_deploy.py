"""Functions that the tests of deploying plan and apply; importable, as deployed functions are."""

from lambent.sdk.functions import function


@function
def double(x: int) -> int:
    return 2 * x


@function(on_failure=double, retries=1)
def half(x: int) -> float:
    return x / 2

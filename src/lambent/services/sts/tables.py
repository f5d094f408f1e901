"""No statements: STS keeps nothing (see the package's docstring)."""

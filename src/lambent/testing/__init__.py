"""Tools for tests of applications: a platform in the test's own process, an account of its own for each test."""

from lambent.testing.platform import LocalPlatform

__all__ = ["LocalPlatform"]

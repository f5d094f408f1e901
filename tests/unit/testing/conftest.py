"""The plugin's own fixtures, on an account that is opened as those who do not use pytest open theirs."""

from collections.abc import Iterator

import pytest

from lambent.testing import Account, LocalPlatform


@pytest.fixture
def aws(lambent: LocalPlatform) -> Iterator[Account]:
    with lambent.account() as account:
        yield account

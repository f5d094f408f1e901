"""The modes of --auth."""

import pytest

from lambent.core.errors import StartupError
from lambent.gateway.authorize import allow_all, policy_of


@pytest.mark.parametrize("auth", ["open", "signed"])
def test_who_is_let_in_may_do_everything(auth: str) -> None:
    assert policy_of(auth) is allow_all


@pytest.mark.parametrize(("auth", "advice"), [("iam", "--auth signed"), ("none", "open or signed")])
def test_a_mode_that_cannot_be_kept_is_refused_at_start(auth: str, advice: str) -> None:
    with pytest.raises(StartupError, match=advice):
        policy_of(auth)

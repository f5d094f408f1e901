"""Client tokens: the same request once more, and another one."""

import pytest
from tests.unit.services.scheduler.engine.conftest import NOW, SCOPE

from lambent.core.context import Scope
from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import tokens


def used(tx, token="t", *, operation="CreateSchedule", now=NOW, scope=SCOPE, **members):
    return tokens.is_used(tx, scope, operation, {"ClientToken": token, **members}, now)


def test_a_request_is_known_when_it_comes_again(tx):
    assert [used(tx, Name="s"), used(tx, Name="s"), used(tx, "other", Name="s")] == [False, True, False]


@pytest.mark.parametrize("changed", [{"Name": "other"}, {"Name": "s", "operation": "DeleteSchedule"}])
def test_a_token_is_of_one_request(tx, changed):
    used(tx, Name="s")
    with pytest.raises(errors.TokenUsedOtherwise):
        used(tx, **changed)


def test_a_token_is_forgotten_after_a_day(tx):
    used(tx, Name="s")
    assert not used(tx, Name="s", now=NOW + tokens.KEPT_S + 1)


def test_scopes_have_their_own_and_none_is_none(tx):
    used(tx, Name="s")
    assert not used(tx, Name="other", scope=Scope("444455556666", "us-east-1"))
    assert not tokens.is_used(tx, SCOPE, "CreateSchedule", {}, NOW)

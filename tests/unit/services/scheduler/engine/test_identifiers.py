"""Names of groups and schedules, and their ARNs."""

import pytest
from tests.unit.services.scheduler.engine.conftest import ACCOUNT, GROUP, NAME, SCOPE

from lambent.services.scheduler.engine.identifiers import GroupName, parse_group


def test_arns_spell_names():
    assert NAME.arn == f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/default/s"
    assert GROUP.arn == f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/default"
    assert GROUP.is_default
    assert not GroupName(SCOPE, "g").is_default


def test_an_arn_of_a_group_names_it():
    assert parse_group(GROUP.arn) == GROUP


@pytest.mark.parametrize("text", ["", NAME.arn, f"arn:aws:events:us-east-1:{ACCOUNT}:schedule-group/g"])
def test_another_arn_names_none(text):
    assert parse_group(text) is None

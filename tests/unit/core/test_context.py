"""Who asks, where."""

import pytest
from msgspec import structs

from lambent.core.context import Context


def test_acting_on_behalf_changes_the_principal_only():
    context = Context(account="1", region="r", request_id="i", principal_arn="p", endpoint_url="u")
    other = context.on_behalf_of("arn:role")
    assert other.principal_arn == "arn:role"
    assert (other.account, other.region, other.request_id) == ("1", "r", "i")


def test_a_service_acts_under_its_own_name_or_for_a_resource_in_its_role():
    context = Context("1", "r", "i", "arn:aws:sts::1:assumed-role/r/s", "u")
    assert not context.is_of_service
    assert structs.replace(context, source_arn="arn:aws:scheduler:r:1:schedule/default/s").is_of_service
    assert context.on_behalf_of("sns.amazonaws.com").is_of_service


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("sns.amazonaws.com", True),
        ("arn:aws:iam::111122223333:root", False),
        ("arn:aws:iam::111122223333:user/sns.amazonaws.com", False),
        ("arn:aws:sts::111122223333:assumed-role/r/sns.amazonaws.com", False),
    ],
)
def test_a_service_has_a_name_and_no_arn(principal, expected):
    assert Context("111122223333", "us-east-1", "r", principal, "http://localhost").is_service is expected

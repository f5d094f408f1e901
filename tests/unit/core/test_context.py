"""Who asks, where."""

from lambent.core.context import Context


def test_acting_on_behalf_changes_the_principal_only():
    context = Context(account="1", region="r", request_id="i", principal_arn="p", endpoint_url="u")
    other = context.on_behalf_of("arn:role")
    assert other.principal_arn == "arn:role"
    assert (other.account, other.region, other.request_id) == ("1", "r", "i")

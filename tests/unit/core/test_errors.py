"""A ServiceError words itself from facts."""

from lambent.core.errors import ServiceError


class ThingNotFound(ServiceError):
    code = "ResourceNotFoundException"
    status = 404
    wording = "Thing not found: {name}"


def test_a_service_error_formats_its_wording_with_facts():
    error = ThingNotFound(name="x")
    assert error.message == "Thing not found: x"
    assert str(error) == "ResourceNotFoundException: Thing not found: x"


def test_a_fact_with_braces_is_not_formatted_again():
    assert ThingNotFound(name="{y}").message == "Thing not found: {y}"


def test_a_status_below_500_is_the_senders_fault():
    assert ThingNotFound(name="x").is_senders_fault
    assert not ServiceError().is_senders_fault


def test_members_of_one_error_do_not_reach_another():
    ThingNotFound(name="x", members={"Reason": "r"})
    assert ThingNotFound(name="x").members == {}

"""Protocols are found by the names that models use, and check what they parse."""

import pytest

from lambent.wire import models, problems, protocols
from lambent.wire.http import Request


@pytest.mark.parametrize("name", models.PROTOCOLS)
def test_every_protocol_of_the_models_is_spoken(name: str):
    spoken = protocols.protocol(name)
    assert all((spoken.parse, spoken.serialize, spoken.serialize_error))


def test_parsing_checks_constraints():
    operation = models.service("lambda").operation("GetFunction")
    assert operation is not None
    with pytest.raises(problems.Validation):
        protocols.protocol("rest-json").parse(operation, Request("GET", "/", "", {}), {"FunctionName": "not a name"})

"""The data of permissions is about operations that there are."""

import importlib

from lambent import app
from lambent.gateway import actions
from lambent.wire import models


def operations(service: str) -> set[str]:
    return {operation.name for operation in models.service(service).operations()}


def test_every_exception_is_about_an_operation_of_aws_model():
    for service, operation in {*actions.ACTIONS, *actions.UNBOUND, *actions.FREE}:
        assert operation in operations(service), f"{service}:{operation}"


def test_every_service_whose_resources_are_told_is_one_of_aws():
    assert all(operations(service) for service in {*actions.RULES, *actions.PREFIXES, *actions.SPELLINGS})


def test_every_service_that_runs_says_how_its_resources_are_told():
    """A service without rules could not be denied a single resource."""
    for service in app.SERVICES:
        importlib.import_module(app.SERVICES[service][0])
        assert service in actions.RULES or service in ("logs", "apigateway", "apigatewaymanagementapi", "apigatewayv2"), (
            f"add {service} to RULES, or a reader to needs"
        )

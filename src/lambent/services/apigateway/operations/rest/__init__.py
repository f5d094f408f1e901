"""The operations of apigateway (REST APIs), by what they are about: APIs, methods, stages, keys, domain names, trials.

https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from collections.abc import Collection

from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.ports import Caller
from lambent.services.apigateway.operations.rest.accounts import AccountOperations
from lambent.services.apigateway.operations.rest.apis import ApiOperations
from lambent.services.apigateway.operations.rest.domains import DomainOperations
from lambent.services.apigateway.operations.rest.keys import KeyOperations
from lambent.services.apigateway.operations.rest.methods import MethodOperations
from lambent.services.apigateway.operations.rest.models import ModelOperations
from lambent.services.apigateway.operations.rest.stages import StageOperations
from lambent.services.apigateway.operations.rest.trials import TrialOperations
from lambent.store.database import Database


class ApiGateway(
    ApiOperations,
    MethodOperations,
    StageOperations,
    ModelOperations,
    KeyOperations,
    DomainOperations,
    AccountOperations,
    TrialOperations,
):
    """REST APIs, for one platform. What visitors reach is ``front``'s."""

    def __init__(self, *, store: Database, clock: Clock, call: Caller, config: Config, service_names: Collection[str]) -> None:
        super().__init__(store=store, clock=clock, call=call, endpoint_url=config.url, service_names=frozenset(service_names))

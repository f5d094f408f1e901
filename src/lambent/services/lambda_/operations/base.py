"""What all operations of lambda share: the neighbours, what is remembered, and who may ask for what."""

from collections.abc import Sequence

from msgspec.structs import replace

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, Environments, LayerFile, Metrics, Parameters, Sessions, ZipInspector
from lambent.core.source_folders import SourceFolders
from lambent.durable.followers.subject import Neighbours
from lambent.durable.outbox import Outbox
from lambent.durable.roles import Roles
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.environments import managed_layers
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import permissions
from lambent.services.lambda_.engine.identifiers import FunctionName, parse_function, parse_layer_version
from lambent.services.lambda_.engine.ledger import Ledger
from lambent.services.lambda_.operations.archives import Archives
from lambent.services.lambda_.operations.attempts import Attempts
from lambent.services.lambda_.operations.deliveries import Deliveries
from lambent.services.lambda_.operations.durable.durables import Durables
from lambent.services.lambda_.operations.event_runner import EventRunner
from lambent.services.lambda_.operations.event_sources.following import Following
from lambent.services.lambda_.operations.event_sources.queue_access import QueueAccess
from lambent.services.lambda_.operations.event_sources.stream_access import SourceAccess, StreamAccess
from lambent.services.lambda_.operations.function_url_site import FunctionUrlSite
from lambent.services.lambda_.operations.images import Images
from lambent.services.lambda_.operations.known_policies import KnownPolicies
from lambent.services.lambda_.operations.preparation import Preparation
from lambent.services.lambda_.operations.provisioning import Provisioning
from lambent.services.lambda_.operations.runner import Runner
from lambent.services.lambda_.operations.streams import Streams
from lambent.services.lambda_.operations.targets import Targets
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.blobs import Blobs
from lambent.store.database import Database
from lambent.wire.http import Site


class Base:
    """Built by app.py."""

    def __init__(
        self,
        *,
        store: Database,
        blobs: Blobs,
        clock: Clock,
        call: Caller,
        signals: Signals,
        outbox: Outbox,
        environments: Environments,
        sessions: Sessions,
        metrics: Metrics,
        inspect_zip: ZipInspector,
        layer_file: LayerFile,
        config: Config,
        source_folders: SourceFolders | None = None,
    ) -> None:
        self._source_folders = source_folders or SourceFolders(is_loopback=False)
        self._store = store
        self._port = config.port
        self._clock = clock
        self._environments = environments
        own_blobs = blobs.apart("lambda")
        self._images = Images(blobs=own_blobs, call=call, layer_file=layer_file, is_local_allowed=config.auth == "open")
        self._archives = Archives(
            store=store,
            blobs=own_blobs,
            clock=clock,
            call=call,
            signals=signals,
            sessions=sessions,
            inspect_zip=inspect_zip,
        )
        self._targets = Targets(store=store, archives=self._archives)
        self._policies = KnownPolicies(store=store)
        self._runner = Runner(targets=self._targets, ledger=Ledger(), environments=environments, metrics=metrics, clock=clock)
        self._streams = Streams(runner=self._runner)
        self._url_site = FunctionUrlSite(
            store=store, clock=clock, call=call, runner=self._runner, streams=self._streams, policies=self._policies
        )
        self._preparation = Preparation(store=store, signals=signals, environments=environments, archives=self._archives)
        self._provisioning = Provisioning(store=store, signals=signals, environments=environments, archives=self._archives)
        self._deliveries = Deliveries(store=store, clock=clock, outbox=outbox, call=call, metrics=metrics)
        self._queue_access = QueueAccess(call=call, roles=Roles(call=call))
        self._source_access: dict[str, SourceAccess] = {"sqs": self._queue_access}  # by kind of source
        for kind in ("kinesis", "dynamodb"):
            self._source_access[kind] = StreamAccess(
                kind, call=call, roles=Roles(call=call), deliveries=self._deliveries, clock=clock
            )
        near = Neighbours(store=store, call=call, signals=signals, clock=clock, metrics=metrics)
        self._following = Following(near=near, runner=self._runner, deliveries=self._deliveries)
        attempts = Attempts(store=store, clock=clock, runner=self._runner, deliveries=self._deliveries, metrics=metrics)
        self._event_runner = EventRunner(
            store=store, signals=signals, clock=clock, runner=self._runner, attempts=attempts, metrics=metrics
        )

        self._durables = Durables(
            near=near, outbox=outbox, runner=self._runner, deliveries=self._deliveries, endpoint_url=config.url
        )

    @property
    def sites(self) -> dict[str, Site]:
        """For the gateway: what answers at the addresses that users made here."""
        return {"lambda-url": self._url_site}

    def workers(self) -> list[Worker]:
        return [
            Worker("lambda.preparation", self._preparation.run),
            Worker("lambda.provisioning", self._provisioning.run),
            Worker("lambda.async-events", self._event_runner.run),
            Worker("lambda.event-sources", self._following.run),
            Worker("lambda.archives", self._archives.run),
            *self._durables.workers(),
        ]

    async def forget(self, account: str | None) -> None:
        """After a reset: nothing remembered of the account, and none of its environments left."""
        self._targets.forget_account(account)
        self._policies.forget(account)
        self._url_site.forget(account)
        await self._following.forget(account)
        self._event_runner.forget(account)
        await self._environments.retire_account(account)
        self._provisioning.wake()
        self._archives.wake()

    async def resource_policy(self, arn: str) -> str | None:
        """What a function, a version, an alias or a layer version says of who may use it (core.ports.ResourcePolicies)."""
        parsed = Arn.parse(arn)
        if parsed is None:
            return None
        if parsed.resource.startswith("function:"):
            try:
                return await self._policies.find(parse_function(arn, None, Scope(parsed.account, parsed.region)))
            except errors.ValidationException:  # no function can have this name
                return None
        layer = parse_layer_version(arn)
        if layer is None:
            return None
        policy = await self._store.read(permissions.text_of, layer.layer.scope, permissions.layer_resource(layer))
        return policy or managed_layers.policy_of(layer.layer.scope.account, layer.layer.name, arn)

    def _scope(self, context: Context) -> Scope:
        return Scope(context.account, context.region)

    async def _named(self, context: Context, parameters: Parameters, action: str) -> FunctionName:
        """The function that FunctionName and Qualifier name, for a caller who may do ``action`` ("GetFunction") to it."""
        function = parse_function(parameters["FunctionName"], parameters.get("Qualifier"), self._scope(context))
        if function.scope.account != context.account:
            policy = await self._policies.find(function)
            permissions.check_function_access(policy, function, context, f"lambda:{action}", self._clock.now())
        return function

    async def _named_unqualified(self, context: Context, parameters: Parameters, action: str) -> FunctionName:
        """As ``_named``, for operations on whole functions."""
        return replace(await self._named(context, parameters, action), qualifier=None)

    async def _retire(self, versions: Sequence[VersionRow]) -> None:
        for version in versions:
            for each in (version, version.before_update):
                if each is not None:
                    await self._environments.retire(each.environment_key)

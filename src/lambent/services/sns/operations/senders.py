"""The last step of a delivery: the call of a service, the post to a server, the line of the log."""

from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.log import Log
from lambent.core.ports import Caller, Metrics, Parameters, Reply
from lambent.core.servers import Request, Servers, ServerUnreachable
from lambent.services.sns import errors
from lambent.services.sns.engine.deliveries import FAILED_TOPIC, NOTICE
from lambent.store.database import Database

ANSWER_S_MAX = 15.0
ANSWER_BYTES_MAX = 65_536  # of which nothing is used: read so that the connection may be used again

log = Log("sns")


class Senders:
    """What the lanes of the outbox call. ``close`` lets go of the connections."""

    def __init__(self, *, store: Database, clock: Clock, call: Caller, metrics: Metrics) -> None:
        self._call = call
        self._metrics = metrics
        self._servers = Servers(clock)
        store.on_signal(self._hear)

    async def call_service(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:
        """Raises the ServiceError that the operation answers."""
        given = parameters["Parameters"]
        if service == NOTICE:
            log.info(given["Kind"], subscription=parameters["SubscriptionArn"], **given["Fields"])
            reply: Reply = {}
        else:
            reply = await self._call(context, service, operation, given)
        self._count(parameters, service)
        return reply

    async def post(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply:  # noqa: ARG002
        """Raises EndpointAnswered, EndpointUnreachable."""
        given = parameters["Parameters"]
        headers = [(name, value) for name, value in given["Headers"]]
        body = given["Body"].encode("utf-8", "surrogatepass")
        try:
            request = Request("POST", given["Url"], headers, body)
            answer = await self._servers.send(request, answer_s_max=ANSWER_S_MAX, answer_bytes_max=ANSWER_BYTES_MAX)
        except ServerUnreachable as error:
            raise errors.EndpointUnreachable(reason=error.reason) from error
        if not 200 <= answer.status < 300:
            raise errors.EndpointAnswered(status=answer.status)
        self._count(parameters, service)
        return {}

    async def close(self) -> None:
        await self._servers.close()

    def _count(self, parameters: Parameters, service: str) -> None:
        if parameters["IsNotification"]:
            self._metrics.add("lambent_notifications_delivered_total", to=service)

    def _hear(self, signal: str) -> None:
        if signal == FAILED_TOPIC:
            self._metrics.add("lambent_notifications_failed_total")

"""Functions as values: a Python function that is called where it is deployed, or here while it is not."""

from __future__ import annotations

import copy
import functools
import inspect
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, overload

from lambent.sdk import futures, hints, names, streams, values
from lambent.sdk.errors import NotDeployed
from lambent.sdk.futures import Future
from lambent.sdk.parameters import AnyParameters, Parameters
from lambent.sdk.settings import Settings
from lambent.sdk.steps import Step

if TYPE_CHECKING:
    from lambent.sdk.aio import Asynchronous
    from lambent.sdk.calls import Route
    from lambent.sdk.deploying import Deployment
    from lambent.sdk.gates import Lane

P = ParamSpec("P")
R = TypeVar("R")

NAME_LENGTH_MAX = 64

_known: weakref.WeakValueDictionary[str, Function[..., Any]] = weakref.WeakValueDictionary()


class Function(Step[Any, R], Generic[P, R]):
    """A function that is called as it is written: remotely once it is deployed, in this process before.

    ``deploy`` and ``at`` bind it. Type checkers see the signature of the Python function.
    """

    def __init__(
        self,
        plain: Callable[P, R],
        settings: Settings | None = None,
        *,
        parameters: Parameters | None = None,
        returns: Any = None,
    ) -> None:
        functools.update_wrapper(self, plain)
        self.plain = plain
        self.settings = settings or Settings()
        self.deployment: Deployment | None = None
        self.is_elsewhere = False  # it was found by its name or ARN: others deploy it, and pipelines only call it
        self._parameters = parameters or Parameters(plain)
        self._returns = returns
        self._route: Route | None = None

    def __repr__(self) -> str:
        where = f"at {self.deployment.arn}" if self.deployment else "not deployed"
        return f"<function {self.name} {where}>"

    # ---- what it is --------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name on AWS: what the settings say, or its module and name made safe."""
        if self.deployment is not None:
            return self.deployment.name
        return self.settings.name or default_name(self.plain)

    @property
    def title(self) -> str:
        return str(self.plain.__name__)

    @property
    def is_deployed(self) -> bool:
        return self.deployment is not None

    @property
    def is_remote(self) -> bool:
        return self.is_deployed

    @property
    def is_single(self) -> bool:
        """Whether its payload is the one argument itself, and not an object of arguments."""
        return self._parameters.is_single

    # ---- calls -------------------------------------------------------------------------------------------------------------

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Where it is deployed, else here. Raises what it raises; RemoteError where that type is not known here."""
        if self.deployment is None:
            return self.plain(*args, **kwargs)
        future = self.submit(*args, **kwargs)
        if inspect.iscoroutinefunction(self.plain):
            return _awaited(future)  # type: ignore[return-value]  # the coroutine that the signature promises
        return future.result()

    def local(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """In this process, whether deployed or not."""
        return self.plain(*args, **kwargs)

    def apply(self, value: Any) -> R:
        """One value is the argument; a function of several takes them out of an object, as it does from its payload."""
        return self.submit_value(value).result() if self.is_deployed else self.apply_local(value)

    def apply_local(self, value: Any) -> R:
        """The same in this process."""
        if self._parameters.is_single:
            return self._run_here(value)  # type: ignore[no-any-return]
        args, kwargs = self._parameters.arguments(value)
        return self._run_here(*args, **kwargs)  # type: ignore[no-any-return]

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Of what can be given by name: of the payload, where it is an object."""
        return self._parameters.names

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Begins a call. The future can be awaited too."""
        if self.deployment is None:
            return futures.run_in_thread(functools.partial(self._run_here, *args, **kwargs))
        return self._submitted(self._parameters.payload(args, kwargs))

    def submit_value(self, value: Any, *, lane: Lane[Any] | None = None) -> Future[R]:
        """The same with one value, as ``apply`` takes it. Of the calls of a ``lane`` only so many are under way at once."""
        if self.deployment is None:
            return futures.run_in_thread(functools.partial(self.apply, value))
        return self._bound_route().invoke(value, lane)

    def send(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """An asynchronous event: returns its request id as soon as Lambda has taken it, and Lambda retries what fails."""
        return self.submit_event(*args, **kwargs).result()

    def submit_event(self, *args: P.args, **kwargs: P.kwargs) -> Future[str]:
        """The same, as a future of the request id."""
        if self.deployment is None:
            self.submit(*args, **kwargs)
            return futures.done(str(uuid.uuid4()))
        return self._bound_route().send(self._parameters.payload(args, kwargs))

    def stream(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        """The pieces of a generator function as they come. Of any other function: its result, in one piece."""
        if self.deployment is None:
            return _pieces(self._run_here(*args, **kwargs))
        return self._bound_route().stream(self._parameters.payload(args, kwargs))

    @property
    def aio(self) -> Asynchronous[P, R]:
        """For coroutines: ``await f.aio(x)``, ``await f.aio.send(x)``, ``async for piece in f.aio.stream(x)``."""
        from lambent.sdk.aio import Asynchronous

        return Asynchronous(self)

    def work(self, concurrency: int | None) -> Callable[..., Any] | None:
        """Deployed functions need no threads for their calls."""
        if self.deployment is None:
            return None
        from lambent.sdk.windows import window

        return window(self, concurrency)

    def _submitted(self, value: Any) -> Future[R]:
        return self._bound_route().invoke(value)

    def _run_here(self, *args: Any, **kwargs: Any) -> Any:
        result = self.plain(*args, **kwargs)
        return _run_coroutine(result) if inspect.iscoroutine(result) else result

    # ---- deployments -------------------------------------------------------------------------------------------------------

    def deploy(self, **options: Any) -> Self:
        """Creates it, or updates what differs, and binds it. ``options`` are those of ``lambent.deploy``, and settings."""
        from lambent.sdk import deploying

        deploying.deploy(self, **options)
        return self

    def bind(self, deployment: Deployment | None) -> Self:
        """From now on calls go there; with None they run here."""
        self.deployment, self._route = deployment, None
        return self

    def at(
        self,
        name_or_arn: str | None = None,
        *,
        region: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
    ) -> Function[P, R]:
        """A handle of what is deployed already: under its own name, or the name or ARN given, which may name an alias."""
        handle = copy.copy(self)
        handle.is_elsewhere = True
        return handle.bind(_deployment(name_or_arn or self.name, region, endpoint_url, profile))

    def __lambent_json__(self) -> dict[str, str]:
        """As a value it is its ARN. Raises NotDeployed."""
        deployment = self._required("handed to a deployed function")
        return {values.FUNCTION: deployment.target.function_arn(deployment.arn)}

    def _required(self, purpose: str) -> Deployment:
        if self.deployment is None:
            raise NotDeployed(
                f"{self.name} is not deployed, so it cannot be {purpose}: {self.title}.deploy() or {self.title}.at()"
            )
        return self.deployment

    @property
    def is_prepared(self) -> bool:
        """Whether a call can be sent at once."""
        return self.deployment is None or (self._route is not None and self._route.is_current)

    def prepare(self) -> None:
        """Reads the configuration that the first call needs. Raises NotDeployed, botocore's errors of configuration."""
        self._bound_route()

    def _bound_route(self) -> Route:
        deployment = self._required("called remotely")
        route = self._route
        if route is None or not route.is_current:
            from lambent.sdk.calls import Route

            route = self._route = Route(deployment, self)
        return route

    # ---- payloads ----------------------------------------------------------------------------------------------------------

    def encode(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The payload of a call, as a value of JSON's shapes. Raises TypeError."""
        return values.to_json(self._parameters.payload(args, kwargs))

    def arguments(self, payload: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments that a payload of JSON's shapes stands for, by type hints. Raises TypeError."""
        return self._parameters.arguments(values.revived(payload))

    def decode(self, payload: Any) -> R:
        """What an answer of JSON's shapes stands for, by the type hint of the result. Raises Mismatch."""
        result: R = self.result_decoder.decode(values.revived(payload))
        return result

    @functools.cached_property
    def result_decoder(self) -> hints.Decoder:
        hint = self._returns if self._returns is not None else self._hints.get("return", Any)
        return hints.decoder(hint)

    @functools.cached_property
    def piece_decoder(self) -> hints.Decoder:
        """For one piece of a generator function's stream."""
        return hints.decoder(hints.item_of(self._returns if self._returns is not None else self._hints.get("return", Any)))

    @functools.cached_property
    def is_generator(self) -> bool:
        return inspect.isgeneratorfunction(self.plain) or inspect.isasyncgenfunction(self.plain)

    @property
    def is_written_here(self) -> bool:
        """False of what is known by its name only, in whatever language."""
        return not isinstance(self._parameters, AnyParameters)

    @property
    def namespace(self) -> Mapping[str, Any]:
        """The globals of its module."""
        return getattr(inspect.unwrap(self.plain), "__globals__", {})

    @property
    def _hints(self) -> dict[str, Any]:
        return self._parameters.hints if self.is_written_here else {}


@overload
def function(plain: Callable[P, R], /) -> Function[P, R]: ...


@overload
def function(**options: Any) -> Callable[[Callable[P, R]], Function[P, R]]: ...


def function(plain: Any = None, /, **options: Any) -> Any:
    """Makes a Python function one that can be deployed: ``@function`` or ``@function(memory_mb=512, …)``, see ``Settings``.

    Raises SettingsError.
    """
    settings = Settings.of(**options)

    def decorate(decorated: Callable[P, R]) -> Function[P, R]:
        if not callable(decorated):
            raise TypeError(f"@function stands above a function, not above {decorated!r}")
        made = Function(decorated, settings)
        _known[made.name] = made
        return made

    return decorate if plain is None else decorate(plain)


def remote(
    name_or_arn: str,
    *,
    returns: Any = Any,
    region: str | None = None,
    endpoint_url: str | None = None,
    profile: str | None = None,
) -> Function[..., Any]:
    """A handle of a function that is not written here, in whatever language. ``returns`` is the type hint of its results.

    It is called with one value, its payload, or with named ones, which make an object.
    """
    deployment = _deployment(name_or_arn, region, endpoint_url, profile)

    def elsewhere(*_args: Any, **_kwargs: Any) -> Any:
        raise NotDeployed(f"{deployment.name} is known here by its name only, so it cannot run in this process")

    elsewhere.__name__ = elsewhere.__qualname__ = deployment.name
    elsewhere.__doc__ = f"The function {deployment.arn}."
    handle = Function(elsewhere, parameters=AnyParameters(deployment.name), returns=returns)
    handle.is_elsewhere = True
    return handle.bind(deployment)


def handle_of(arn: str) -> Function[..., Any]:
    """What a function that was handed over arrives as. One that is defined here keeps its signature and its type hints."""
    known = _known.get(arn.split(":")[6]) if arn.count(":") >= 6 else None
    return known.at(arn) if known is not None else remote(arn)


def default_name(plain: Callable[..., Any]) -> str:
    """``module-qualname`` in the characters that AWS allows; what is longer ends with a digest."""
    return names.safe(f"{names.module_name(plain.__module__)}-{plain.__qualname__}", NAME_LENGTH_MAX)


def _deployment(name_or_arn: str, region: str | None, endpoint_url: str | None, profile: str | None) -> Deployment:
    from lambent.sdk.clients import Target
    from lambent.sdk.deploying import Deployment

    parts = name_or_arn.split(":")
    is_arn = parts[0] == "arn"
    if is_arn and (len(parts) < 7 or parts[2] != "lambda"):
        raise ValueError(f"{name_or_arn} is not the ARN of a function")
    target = Target.of(region=region or (parts[3] if is_arn else None), endpoint_url=endpoint_url, profile=profile)
    return Deployment(parts[6] if is_arn else parts[0], name_or_arn, target.region, target.endpoint_url, profile)


def _run_coroutine(coroutine: Any) -> Any:
    import asyncio

    return asyncio.run(coroutine)


async def _awaited(future: Future[R]) -> R:
    return await future


def _pieces(result: Any) -> Iterator[Any]:
    if inspect.isasyncgen(result):
        return streams.drained(result)
    return iter(result) if hasattr(result, "__next__") else iter([result])

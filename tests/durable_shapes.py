"""The shapes of AWS' documentation of durable functions, written against its SDK: the event says which of these it is."""

import os
import uuid

from aws_durable_execution_sdk_python import (
    BatchCompletionError,
    CallbackSubmitterError,
    DurableContext,
    ParallelBranch,
    StepContext,
    StepError,
    WithRetryConfig,
    complete_batch,
    continue_batch,
    durable_execution,
    durable_parallel_branch,
    durable_step,
    durable_wait_for_callback,
    durable_with_child_context,
    with_retry,
)
from aws_durable_execution_sdk_python.config import (
    CompletionConfig,
    Duration,
    JitterStrategy,
    MapConfig,
    NestingType,
    ParallelConfig,
    StepConfig,
    StepSemantics,
    WaitForCallbackConfig,
)
from aws_durable_execution_sdk_python.retries import RetryDecision, RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.serdes import SerDes
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitStrategyConfig, create_wait_strategy

MINUTE, HOUR = Duration.from_minutes(1), Duration.from_hours(1)
ONCE = create_retry_strategy(RetryStrategyConfig(max_attempts=1))
TWICE = create_retry_strategy(
    RetryStrategyConfig(max_attempts=2, initial_delay=MINUTE, max_delay=MINUTE, jitter_strategy=JitterStrategy.NONE)
)


@durable_step
def priced(step: StepContext, item: str, price: int) -> dict:
    step.logger.warning("priced %s", item)
    return {"item": item, "price": price}


@durable_with_child_context
def ordered(context: DurableContext, item: str) -> dict:
    first = context.step(priced(item, 3))
    context.wait(MINUTE, name="time to ship")
    return first | {"shipped": context.step(lambda _: True, name="ship")}


@durable_wait_for_callback
def asked(callback_id: str, _context: object, who: str) -> None:
    print("ask", who, callback_id)


def decorated(event: dict, context: DurableContext) -> object:
    """Steps and child contexts that are made by decorators."""
    context.logger.warning("said once")
    one = context.step(priced("tea", 2))
    two = context.run_in_child_context(ordered("cup"), name="order")
    return [one, two, event.get("n")]


def approval(event: dict, context: DurableContext) -> object:
    """Waits for a callback that somebody was asked for."""
    config = WaitForCallbackConfig(timeout=Duration.from_seconds(event.get("timeout", 0)))
    return context.wait_for_callback(asked("the boss"), name="approval", config=config)


def unasked(_event: dict, context: DurableContext) -> object:
    def refused(_callback_id: str, _context: object) -> None:
        raise OSError("nobody is there")

    try:
        return context.wait_for_callback(refused, name="approval", config=WaitForCallbackConfig(retry_strategy=ONCE))
    except CallbackSubmitterError as error:
        return ["not asked", str(error)]


def first_of(event: dict, context: DurableContext) -> object:
    """The first branch that succeeds is enough."""

    def branch(minutes: int) -> ParallelBranch:
        def run(child: DurableContext) -> int:
            child.wait(Duration.from_minutes(minutes))
            return minutes

        return ParallelBranch(func=run, name=f"{minutes} minutes")

    config = ParallelConfig(completion_config=CompletionConfig(min_successful=1))
    result = context.parallel([branch(each) for each in event["minutes"]], name="race", config=config)
    return [result.get_results(), result.completion_reason.value]


def tolerant(event: dict, context: DurableContext) -> object:
    """Some items may fail."""

    def each(child: DurableContext, item: int, _index: int, _items: object) -> int:
        return child.step(lambda _: 10 // item, name="divide", config=StepConfig(retry_strategy=ONCE))

    completion = CompletionConfig(tolerated_failure_count=event["tolerated"])
    nesting = NestingType[event.get("nesting", "NESTED")]
    config = MapConfig(
        completion_config=completion, nesting_type=nesting, max_concurrency=1, item_namer=lambda item, _: f"n{item}"
    )
    result = context.map(event["items"], each, name="divisions", config=config)
    try:
        result.throw_if_error()
    except BatchCompletionError as error:
        return ["too many", type(error).__name__, result.success_count, result.failure_count]
    except StepError as error:
        return ["failed", str(error), result.success_count, result.failure_count]
    except Exception as error:
        return ["failed", type(error).__name__, result.success_count, result.failure_count]
    return [result.get_results(), result.success_count, result.failure_count]


def decided(event: dict, context: DurableContext) -> object:
    """A predicate says when a map is complete."""

    def each(child: DurableContext, item: int, _index: int, _items: object) -> int:
        child.wait(Duration.from_minutes(item))
        return item

    config = MapConfig(
        completion_config=CompletionConfig(
            should_complete=lambda status: complete_batch() if status.success_count >= event["enough"] else continue_batch()
        )
    )
    return sorted(context.map(event["items"], each, config=config).get_results())


def once(_event: dict, context: DurableContext) -> object:
    """A step that ends the process is not done again where it may be done at most once."""

    def charge(_: StepContext) -> str:
        print("charged")
        os._exit(1)

    config = StepConfig(step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=ONCE)
    try:
        return context.step(charge, name="charge", config=config)
    except Exception as error:
        return str(error)


def bulky(event: dict, context: DurableContext) -> object:
    """A context whose result no checkpoint holds: its children are replayed."""

    def gather(child: DurableContext) -> list:
        return [child.step(lambda _, n=number: str(n) * event["size"], name=f"part {number}") for number in range(4)]

    parts = context.run_in_child_context(gather, name="gather")
    context.wait(HOUR)
    again = context.map(
        range(3), lambda child, n, _i, _a: child.step(lambda _: str(n) * event["size"]), name="mapped"
    ).get_results()
    context.wait(HOUR)
    return [len("".join(parts)), len("".join(again))]


def too_much(event: dict, _context: DurableContext) -> object:
    return "x" * event["size"]


class Reversed(SerDes):
    """Writes text backwards."""

    def serialize(self, value: str, _context: object) -> str:
        return f'"{value[::-1]}"'

    def deserialize(self, data: str, _context: object) -> str:
        return data.strip('"')[::-1]


def own_format(_event: dict, context: DurableContext) -> object:
    first = context.step(lambda _: "abc", name="step", config=StepConfig(serdes=Reversed()))
    context.wait(MINUTE)
    return first


def nested(event: dict, context: DurableContext) -> object:
    """Calls itself, as deep as it is told."""
    if not event["depth"]:
        context.wait(MINUTE)
        return "bottom"
    return [context.invoke(event["self"], event | {"depth": event["depth"] - 1}, name="deeper")]


def saga(event: dict, context: DurableContext) -> object:
    """What was done is undone, last first, where something fails."""
    undo: list[str] = []
    try:
        for name in ("flight", "hotel", "car"):

            def book(_: StepContext, name: str = name) -> str:
                if name == event["full"]:
                    raise LookupError(f"no {name}")
                return name

            undo.append(context.step(book, name=f"book {name}", config=StepConfig(retry_strategy=ONCE)))
    except StepError as error:
        return [str(error), [context.step(lambda _, n=name: f"no {n}", name=f"cancel {name}") for name in undo[::-1]]]
    return undo


def polled(event: dict, context: DurableContext) -> object:
    """Asks with longer and longer delays until it is so."""
    strategy = create_wait_strategy(
        WaitStrategyConfig(
            should_continue_polling=lambda state: state["asked"] < event["until"],
            initial_delay=MINUTE,
            max_delay=HOUR,
            backoff_rate=2,
            jitter_strategy=JitterStrategy.NONE,
            max_attempts=10,
        )
    )

    def check(state: dict, _: object) -> dict:
        return {"asked": state["asked"] + 1}

    return context.wait_for_condition(
        check, WaitForConditionConfig(wait_strategy=strategy, initial_state={"asked": 0}), name="ready"
    )


def again(event: dict, context: DurableContext) -> object:
    """A block of several operations that is tried again as a whole."""

    def block(child: DurableContext, attempt: int) -> object:
        child.step(lambda _: print("block", attempt), name="began")
        if attempt < event["good"]:
            raise ValueError(f"attempt {attempt}")
        return ["good", attempt]

    def patiently(_error: Exception, attempt: int) -> RetryDecision:
        return RetryDecision.retry(MINUTE) if attempt < 3 else RetryDecision.no_retry()

    return with_retry(context, block, WithRetryConfig(retry_strategy=patiently), name="block")


def staggered(event: dict, context: DurableContext) -> object:
    """Branches that wait for different times within branches of their own; each says what it does once."""

    @durable_parallel_branch(name="inner")
    def inner(child: DurableContext, minutes: int) -> str:
        child.logger.warning("before %d", minutes)
        child.wait(Duration.from_minutes(minutes))
        child.logger.warning("after %d", minutes)
        return child.step(lambda _: f"{minutes} done", name="done")

    def outer(child: DurableContext, many: list, _index: int, _items: object) -> list:
        return child.parallel([inner(each) for each in many], name="inside").get_results()

    return context.map(event["groups"], outer, name="groups").get_results()


def random_once(_event: dict, context: DurableContext) -> object:
    """What is not the same twice belongs into a step."""
    token = context.step(lambda _: uuid.uuid4().hex, name="token")
    context.wait(MINUTE)
    return [token, context.step(lambda _: token, name="same")]


def batch(event: dict, context: DurableContext) -> object:
    """What an event source mapping calls with: each record is an item, the execution the batch's."""

    def each(child: DurableContext, record: dict, _index: int, _items: object) -> str:
        child.wait(MINUTE)
        return child.step(lambda _: print("worked", record["body"]) or record["body"], name="work")

    return {"batchItemFailures": [], "done": context.map(event["Records"], each, name="records").get_results()}


@durable_execution
def handler(event: dict, context: DurableContext) -> object:
    return globals()[event.get("kind", "batch")](event, context)

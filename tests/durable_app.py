"""A durable function for the tests, written against AWS' own SDK: the event says which of these it is."""

import boto3
from aws_durable_execution_sdk_python import CallbackError, DurableContext, InvokeError, StepContext, durable_execution
from aws_durable_execution_sdk_python.config import CallbackConfig, Duration, JitterStrategy, MapConfig, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision

YEAR = Duration.from_days(365)
PATIENTLY = RetryStrategyConfig(
    max_attempts=3,
    initial_delay=Duration.from_hours(1),
    max_delay=Duration.from_hours(2),
    jitter_strategy=JitterStrategy.NONE,
)


def said(what: object) -> object:
    """What a step has done, for the log: a step that is done must not be done again."""
    print("did", what)
    return what


def steps(event: dict, context: DurableContext) -> object:
    first = context.step(lambda _: said("one"), name="first")
    second = context.step(lambda _: said("two"), name="second")
    return [first, second, event.get("n")]


def year(_event: dict, context: DurableContext) -> object:
    before = context.step(lambda _: said("before"), name="before")
    context.wait(YEAR, name="a year")
    return [before, context.step(lambda _: said("after"), name="after")]


def held(_event: dict, context: DurableContext) -> object:
    """Its first step lasts until the execution is told to pause, by itself."""
    first = context.step(lambda _: pause_self(context), name="first")
    return [first, context.step(lambda _: said("second"), name="second")]


def pause_self(context: DurableContext) -> str:
    boto3.client("lambda").pause_durable_execution(DurableExecutionArn=context.execution_context.durable_execution_arn)
    return "first"


def retries(event: dict, context: DurableContext) -> object:
    def tried(step: StepContext) -> int:
        said(f"attempt {step.attempt}")
        if step.attempt < event["good"]:
            raise ValueError(f"attempt {step.attempt}")
        return step.attempt

    return context.step(tried, name="flaky", config=StepConfig(retry_strategy=create_retry_strategy(PATIENTLY)))


def gather(event: dict, context: DurableContext) -> object:
    """Calls N workers and gathers what they say."""

    def call(child: DurableContext, item: int, _index: int, _items: object) -> object:
        return child.invoke(event["worker"], {"n": item}, name=f"worker {item}")

    return context.map(range(event["count"]), call, name="workers", config=MapConfig(max_concurrency=50)).get_results()


def parallel(_event: dict, context: DurableContext) -> object:
    def slow(child: DurableContext) -> str:
        child.wait(Duration.from_minutes(10), name="ten minutes")
        return "slow"

    def quick(child: DurableContext) -> str:
        return child.step(lambda _: said("quick"), name="quick")

    return context.parallel([slow, quick], name="both").get_results()


def callback(event: dict, context: DurableContext) -> object:
    timeout, heartbeat = Duration.from_seconds(event.get("timeout", 0)), Duration.from_seconds(event.get("heartbeat", 0))
    waiting = context.create_callback(name="approval", config=CallbackConfig(timeout=timeout, heartbeat_timeout=heartbeat))
    context.step(lambda _: said(waiting.callback_id), name="told")
    try:
        return ["approved", waiting.result()]
    except CallbackError as error:
        return [type(error).__name__, str(error)]


def called(event: dict, context: DurableContext) -> object:
    try:
        return context.invoke(event["function"], event.get("payload"), name="called")
    except InvokeError as error:
        return [type(error).__name__, str(error)]


def child(_event: dict, context: DurableContext) -> object:
    def inside(within: DurableContext) -> object:
        first = within.step(lambda _: said("inside"), name="inside")
        within.wait(Duration.from_hours(1), name="an hour")
        return [first]

    return context.run_in_child_context(inside, name="child")


def condition(event: dict, context: DurableContext) -> object:
    def decide(state: int, _attempt: int) -> WaitForConditionDecision:
        if state >= event["until"]:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_minutes(5))

    config = WaitForConditionConfig(wait_strategy=decide, initial_state=0)
    return context.wait_for_condition(lambda state, _: state + 1, config=config, name="polls")


def fails(_event: dict, _context: DurableContext) -> object:
    raise ValueError("no")


def large(event: dict, context: DurableContext) -> object:
    """More state than one page holds."""
    for number in range(event["count"]):
        context.step(lambda _: "x" * event["size"], name=f"step {number}")
    context.wait(Duration.from_hours(1), name="an hour")
    return sum(len(context.step(lambda _: "y", name=f"late {number}")) for number in range(3))


KINDS = {each.__name__: each for each in (
    steps, year, held, retries, gather, parallel, callback, called, child, condition, fails, large,
)}  # fmt: skip


@durable_execution
def handler(event: dict, context: DurableContext) -> object:
    return KINDS[event["kind"]](event, context)


def worker(event: dict, _context: object) -> object:
    """No durable function: what the others call."""
    if event["n"] < 0:
        raise ValueError("negative")
    return event["n"] * 10

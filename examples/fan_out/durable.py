"""The fan-out as a durable function, with AWS' own SDK: it calls the workers, ends, and is invoked again once they answered."""

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import MapConfig


@durable_execution
def handler(event, context):
    def call(context, number, index, numbers):
        return context.invoke(event["worker"], number, name=f"work {number}")

    squares = context.map(event["numbers"], call, name="squares", config=MapConfig(max_concurrency=1000))
    return sum(squares.get_results())

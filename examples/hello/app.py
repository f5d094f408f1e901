"""The smallest function: an event comes in, an answer goes out, and what it logs is in CloudWatch Logs."""

import logging

logger = logging.getLogger()
logger.setLevel(logging.INFO)  # as on AWS the root logger is at WARNING until somebody says otherwise


def handler(event, context):
    logger.info("greeting %s", event.get("name", "nobody"))
    return {"greeting": f"Hello, {event.get('name', 'world')}", "request_id": context.aws_request_id}

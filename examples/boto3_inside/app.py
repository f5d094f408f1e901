"""Calls the platform back with boto3: no configuration, because AWS_ENDPOINT_URL and the role's credentials are there."""

import json

import boto3

s3 = boto3.client("s3")  # once an environment, not once an invocation
sts = boto3.client("sts")


def handler(event, context):
    body = json.dumps(event)
    s3.put_object(Bucket=event["bucket"], Key=context.aws_request_id, Body=body)
    listed = s3.list_objects_v2(Bucket=event["bucket"])
    return {"caller": sts.get_caller_identity()["Arn"], "objects": listed["KeyCount"]}

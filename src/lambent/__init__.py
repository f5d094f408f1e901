"""Lambent: your own AWS Lambda, an event-driven serverless platform that speaks the AWS API."""

__version__ = "0.1.0"

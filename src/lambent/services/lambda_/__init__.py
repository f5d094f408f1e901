"""AWS Lambda: functions, versions, aliases, layers, permissions, concurrency and invocation. See DESIGN.md."""

from lambent.services.lambda_.operations import Lambda

__all__ = ["Lambda"]

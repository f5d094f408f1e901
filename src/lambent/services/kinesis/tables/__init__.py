"""The statements of kinesis."""

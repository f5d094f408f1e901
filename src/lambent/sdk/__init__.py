"""Functions that are simply called: the SDK, on the standard library and boto3 alone, so that it runs inside functions as well."""

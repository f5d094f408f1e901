"""AWS' wire formats, read from botocore's service models. Pure: bytes and structures in, structures and bytes out."""

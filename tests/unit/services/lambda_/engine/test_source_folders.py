"""Which code is a folder, and which port waits for a debugger."""

import pytest

from lambent.services.lambda_.engine.source_folders import debug_port, folder_named, waits_for_debugger


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ({"S3Bucket": "hot-reload", "S3Key": "/home/ada/app"}, "/home/ada/app"),
        ({"S3Bucket": "hot-reload", "S3Key": "app.zip"}, ""),
        ({"S3Bucket": "other", "S3Key": "/home/ada/app"}, ""),
        ({"S3Bucket": "hot-reload", "S3Key": "/home/ada/app", "ZipFile": b""}, ""),
        ({"ZipFile": b"PK"}, ""),
        ({}, ""),
    ],
)
def test_a_folder_is_named_by_the_bucket_and_an_absolute_key(source: dict[str, object], folder: str) -> None:
    assert folder_named(source) == folder


@pytest.mark.parametrize(
    ("text", "port"), [("5678", 5678), ("65535", 65_535), ("65536", 0), ("0", 0), ("-1", 0), ("x", 0), ("²", 0), ("", 0)]
)
def test_a_port_is_a_number_that_can_be_one(text: str, port: int) -> None:
    assert debug_port({"LAMBENT_DEBUG_PORT": text}) == port
    assert debug_port({}) == 0


@pytest.mark.parametrize(
    ("variables", "waits"),
    [({"LAMBENT_DEBUG_WAIT": "true"}, True), ({"LAMBENT_DEBUG_WAIT": "false"}, False), ({}, False)],
)
def test_a_jvm_waits_where_that_is_said_beside_a_port(variables: dict[str, str], waits: bool) -> None:
    assert waits_for_debugger({"LAMBENT_DEBUG_PORT": "5005", **variables}) == waits
    assert not waits_for_debugger(variables)

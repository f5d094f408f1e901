"""Base images made from this machine's Python: AWS' contract, and functions that stand on them."""

import hashlib

import pytest
from msgspec.structs import replace
from tests import images

from lambent.core.ports import Archive, ContainerImage

APP = b"import os, sys\ndef handler(event, context):\n    return [event, os.getcwd(), sys.prefix, os.environ['_HANDLER']]\n"


@pytest.mark.slow
async def test_a_function_stands_on_a_base_image_as_on_aws_own(kind_house, base_image, tmp_path):
    house, (layers, config) = kind_house, base_image
    assert (config["Entrypoint"], config["WorkingDir"]) == (["/lambda-entrypoint.sh"], "/var/task")
    own = images.layer({"var/task/app.py": APP})
    (tmp_path / "own").write_bytes(own)
    every = (*layers, Archive(hashlib.sha256(own).hexdigest(), tmp_path / "own"))
    variables = dict(each.partition("=")[::2] for each in config["Env"])
    image = ContainerImage(every, tuple(config["Entrypoint"]), ("app.handler",), config["WorkingDir"], variables)
    spec = replace(house.spec("", runtime="", handler=""), image=image)
    assert await house.call(spec, {"n": 1}) == [{"n": 1}, "/var/task", "/var/lang", "app.handler"]
    failed = await house.fail(replace(spec, key="without", image=replace(image, command=())), 1)
    assert failed["errorType"] == "Runtime.ExitError"
    assert failed["errorMessage"].endswith("exit status 142")

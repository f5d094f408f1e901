"""Base images made from this machine's Python: AWS' contract, and functions that stand on them."""

import hashlib
import json

import pytest
from msgspec.structs import replace
from tests import images
from tests.environment.house import OWN

from lambent.core.config import default_cache
from lambent.core.ports import Archive, ContainerImage
from lambent.environments import base_images
from lambent.environments.runtimes import Runtimes

APP = b"import os, sys\ndef handler(event, context):\n    return [event, os.getcwd(), sys.prefix, os.environ['_HANDLER']]\n"


@pytest.mark.slow
async def test_a_function_stands_on_a_base_image_as_on_aws_own(house, tmp_path):
    files = await Runtimes(default_cache()).installed(OWN)
    digest = base_images.make(files, tmp_path / "base")
    blobs = tmp_path / "base" / "blobs" / "sha256"
    manifest = json.loads((blobs / digest.removeprefix("sha256:")).read_text())
    config = json.loads((blobs / manifest["config"]["digest"].removeprefix("sha256:")).read_text())["config"]
    assert (config["Entrypoint"], config["WorkingDir"]) == (["/lambda-entrypoint.sh"], "/var/task")
    lowest = manifest["layers"][0]["digest"].removeprefix("sha256:")
    own = images.layer({"var/task/app.py": APP})
    (tmp_path / "own").write_bytes(own)
    layers = (Archive(lowest, blobs / lowest), Archive(hashlib.sha256(own).hexdigest(), tmp_path / "own"))
    variables = dict(each.partition("=")[::2] for each in config["Env"])
    image = ContainerImage(layers, tuple(config["Entrypoint"]), ("app.handler",), config["WorkingDir"], variables)
    spec = replace(house.spec("", runtime="", handler=""), image=image)
    assert await house.call(spec, {"n": 1}) == [{"n": 1}, "/var/task", "/var/lang", "app.handler"]
    failed = await house.fail(replace(spec, key="without", image=replace(image, command=())), 1)
    assert failed["errorType"] == "Runtime.ExitError"
    assert failed["errorMessage"].endswith("exit status 142")

"""Layers that the platform provides."""

import io
import json
import stat
import subprocess
import zipfile

import pytest

from lambent.environments import managed_layers
from lambent.environments.archives import inspect_zip
from lambent.environments.managed_layers import managed_layer


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("753240598075", "LambdaAdapterLayerX86"),
        ("753240598075", "LambdaAdapterLayerArm64"),
        ("000000000000", "lambent-web-adapter"),
    ],
)
def test_the_web_adapter_is_a_zip_with_an_exec_wrapper(tmp_path, account, name):
    content = managed_layer(account, name).content
    path = tmp_path / "layer.zip"
    path.write_bytes(content)
    assert inspect_zip(path) > 0
    bundle = zipfile.ZipFile(io.BytesIO(content))
    assert bundle.namelist() == ["bootstrap", "lambent/web_adapter.py", "lambent/web_requests.py"]
    assert stat.S_IMODE(bundle.getinfo("bootstrap").external_attr >> 16) == 0o755


@pytest.mark.parametrize(("account", "name"), [("000000000000", "LambdaAdapterLayerX86"), ("753240598075", "other")])
def test_no_other_layer_is_provided(account, name):
    assert managed_layer(account, name) is None


def test_the_wrapper_starts_the_adapter_with_the_functions_own_interpreter(tmp_path):
    with zipfile.ZipFile(io.BytesIO(managed_layer("000000000000", "lambent-web-adapter").content)) as bundle:
        bundle.extractall(tmp_path)
    python = tmp_path / "python3.99"
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    (tmp_path / "bootstrap").chmod(0o755)
    done = subprocess.run([tmp_path / "bootstrap", python, "bootstrap.py"], capture_output=True, text=True, check=True)
    assert done.stdout == f"-I -S {tmp_path}/lambent/web_adapter.py\n"


def test_everybody_may_use_them_and_nothing_is_said_of_others():
    arn = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25"
    (statement,) = json.loads(managed_layers.policy_of("753240598075", "LambdaAdapterLayerX86", arn))["Statement"]
    assert (statement["Principal"], statement["Resource"]) == ("*", arn)
    assert managed_layers.policy_of("753240598075", "other", arn) == ""

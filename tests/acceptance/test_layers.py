"""Layers as people make them: built by the command, published by it, used by a function."""

import io
import json
import os
import platform as machine
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import warm, wheels

RUNTIME = f"python3.{sys.version_info[1]}"
PYTHON = "import json, greeting\ndef handler(event, context): return [greeting.TEXT, greeting.__file__]\n"
NODE = "exports.handler = async () => [require('greeting').text, require.resolve('greeting')];\n"
ARCHITECTURE = "arm64" if machine.machine() == "aarch64" else "x86_64"


@pytest.fixture
def build(platform: Any, account: str, tmp_path: Path) -> Callable[..., str]:
    """``lambent layer build`` as this test's account; what it printed."""

    def run(*arguments: object) -> str:
        command = [warm.command("lambent"), "layer", "build", *map(str, arguments)]
        where = ["--endpoint-url", platform.url, "--account", account]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run([*command, *where], capture_output=True, text=True, cwd=tmp_path, env=kept, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def answer(client: Any) -> Callable[..., Any]:
    """What a function of one file, which stands on a layer, returns."""

    def invoke(layer: str, runtime: str, name: str, code: str, handler: str) -> Any:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(name, code)
        aws = client("lambda")
        told = {"Runtime": runtime, "Handler": handler, "Layers": [layer], "Role": "arn:aws:iam::000000000000:role/r"}
        aws.create_function(FunctionName="f", Code={"ZipFile": content.getvalue()}, Timeout=30, **told)
        aws.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
        return json.loads(aws.invoke(FunctionName="f")["Payload"].read())

    return invoke


def test_a_layer_of_wheels_is_built_published_and_imported_from(build: Any, answer: Any, tmp_path: Path, client: Any) -> None:
    tag = (
        f"cp3{sys.version_info[1]}-cp3{sys.version_info[1]}-manylinux_2_17_{'aarch64' if ARCHITECTURE == 'arm64' else 'x86_64'}"
    )
    wheels.wheel(tmp_path, "greeting", tag, {"greeting.py": "TEXT = 'hi'\n"})
    asked = ("-r", wheels.requirements(tmp_path, "greeting"), "--python", RUNTIME.removeprefix("python"), "--compile")
    arn = build(*asked, "--publish", "greeting")
    assert answer(arn, RUNTIME, "app.py", PYTHON, "app.handler") == ["hi", "/opt/python/greeting.py"]
    told = client("lambda").get_layer_version_by_arn(Arn=arn)
    assert (told["CompatibleRuntimes"], told["CompatibleArchitectures"]) == ([RUNTIME], [ARCHITECTURE])
    assert told["Version"] == 1
    client("s3").create_bucket(Bucket=f"b-{told['LayerArn'].split(':')[4]}")
    again = build(*asked, "--publish", "greeting", "--s3-bucket", f"b-{told['LayerArn'].split(':')[4]}")
    assert again == arn.removesuffix("1") + "2"
    assert client("lambda").get_layer_version_by_arn(Arn=again)["Content"]["CodeSha256"] == told["Content"]["CodeSha256"]


@pytest.mark.skipif(shutil.which("npm") is None or shutil.which("node") is None, reason="node and npm are not installed")
def test_a_layer_of_node_packages_is_built_published_and_required_from(build: Any, answer: Any, tmp_path: Path) -> None:
    made = tmp_path / "greeting"
    made.mkdir()
    (made / "package.json").write_text('{"name": "greeting", "version": "1.0.0"}')
    (made / "index.js").write_text("exports.text = 'hi';\n")
    (tmp_path / "package.json").write_text(
        json.dumps({"name": "app", "version": "1.0.0", "dependencies": {"greeting": f"file:{made}"}})
    )
    arn = build("--package-json", "package.json", "--publish", "greeting", "--node", "20")
    where = "/opt/nodejs/node20/node_modules/greeting/index.js"
    assert answer(arn, "nodejs20.x", "index.js", NODE, "index.handler") == ["hi", where]

"""An ordinary user gets the same isolation, by a user namespace."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

from lambent.core.config import default_cache
from lambent.environments import interpreters
from lambent.environments.runtimes import Runtimes

ROOT = Path(__file__).parents[2]
PACKAGES = sysconfig.get_path("platlib")  # what the platform itself needs
USER = 1234
SCRIPT = textwrap.dedent(
    """
    import asyncio, json, os, sys
    from pathlib import Path
    os.setgroups([]); os.setgid({user}); os.setuid({user})
    from lambent.core.source_folders import SourceFolders
    from tests.environment.house import House
    CODE = (
        "import os\\n"
        "def handler(e, c):\\n"
        "    open('/tmp/x', 'w')\\n"
        "    capabilities = open('/proc/self/status').read().partition('CapEff:')[2].split()[0]\\n"
        "    return [os.getuid(), sorted(os.listdir('/')), capabilities, os.listdir('/tmp')]\\n"
    )
    async def main():
        source = Path(sys.argv[1]) / "source"
        source.mkdir(mode=0o700)
        folders = SourceFolders(is_loopback=True, allowed=[source])
        house = House(Path(sys.argv[1]), is_isolated=True, source_folders=folders)
        await house.pool.start()
        is_isolated = await house.pool._isolation
        answer = await house.call(house.spec(CODE))
        error = await house.fail(house.spec("import os\\ndef handler(e, c):\\n    os._exit(1)\\n"))
        seen = []
        served = house.spec({{}}, folder=source)
        for number in (1, 2):
            text = f"import os\\ndef handler(e, c):\\n    return {{number}}, os.listdir('/.host')\\n"
            (source / "app.py").write_text(text)
            seen.append(await house.call(served))
        await house.pool.stop()
        print(json.dumps([is_isolated, answer, error["errorType"], seen]))
    asyncio.run(main())
    """
)


@pytest.fixture
def interpreter() -> Path:
    """A Python that everyone may run: an ordinary user cannot reach one below root's home."""
    for path in ("/usr/bin/python3.11", "/usr/bin/python3.12", "/usr/bin/python3.13", "/usr/local/bin/python3"):
        found = interpreters.ask(Path(path)) if Path(path).exists() else None
        if found is not None and found.runtime == "python3.11":
            return Path(path)
    pytest.skip("no python3.11 of the system's own that an ordinary user could run")


def test_an_ordinary_user_isolates_by_a_user_namespace(interpreter, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; as one, the other tests of this folder prove the same")
    own = Runtimes(default_cache()).files(interpreters.ask(interpreter)).full.parent
    if not own.is_dir():
        pytest.skip("the runtime's packages are not installed yet")
    folder = Path("/tmp") / f"lambent-user-{os.getpid()}"
    (folder / "cache").mkdir(parents=True)
    try:
        shutil.copytree(own, folder / "cache" / "runtimes" / own.name)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, USER, USER, follow_symlinks=False)
        done = subprocess.run(
            [interpreter, "-S", "-c", SCRIPT.format(user=USER), folder],
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}:{PACKAGES}",
                "LAMBENT_CACHE": str(folder / "cache"),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd="/",
        )
    finally:
        shutil.rmtree(folder)
    assert done.returncode == 0, done.stderr
    is_isolated, (user, root, capabilities, tmp), error_type, seen = json.loads(done.stdout)
    if not is_isolated:
        pytest.skip(f"this machine gives ordinary users no namespaces: {done.stderr}")
    assert (user, capabilities, tmp, error_type) == (1051, "0" * 16, ["x"], "Runtime.ExitError")
    assert not {"home", "root", "work", "srv"} & set(root)
    assert seen == [[1, []], [2, []]]  # from a folder that is closed to others, too
    assert sys.platform == "linux"

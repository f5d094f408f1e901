"""The rehearsal in which a JVM makes its archive of classes. A script stands for the JVM."""

import stat
import sys
from pathlib import Path

from lambent.environments import class_archive
from lambent.environments.jvms import Jvm

# Asks for events until there are no more, as AWS' client does, and writes the archive when it is told to end.
OBEDIENT = """
import os, signal, sys, urllib.request
place = next(each for each in sys.argv if each.startswith("-XX:ArchiveClassesAtExit=")).partition("=")[2]
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
answers = []
def end(*_):
    with open(place, "w") as archive:
        archive.write(repr(answers))
    os._exit(143)
signal.signal(signal.SIGTERM, end)
while True:
    with urllib.request.urlopen(base + "next") as event:
        body, name = event.read(), event.headers["Lambda-Runtime-Aws-Request-Id"]
    with urllib.request.urlopen(f"{base}{name}/response", body) as reply:
        answers.append(reply.status)
"""


def jvm(folder: Path, script: str) -> Jvm:
    (folder / "bin").mkdir(parents=True)
    java = folder / "bin/java"
    java.write_text(f"#!{sys.executable}\n{script}")
    java.chmod(0o755)
    (folder / class_archive.FOLDER).mkdir()
    return Jvm("21.0.1", folder)


def test_the_archive_is_made_once_and_readable_by_all(tmp_path):
    made = class_archive.archive(jvm(tmp_path, OBEDIENT), tmp_path, ())
    assert made is not None
    assert made.read_text() == "[202, 202]"
    assert stat.S_IMODE(made.stat().st_mode) == 0o644
    assert class_archive.archive(Jvm("21.0.1", tmp_path), tmp_path, ()) == made
    assert [made] == list(made.parent.iterdir())


def test_a_jvm_that_cannot_make_one_runs_functions_without(tmp_path):
    assert class_archive.archive(jvm(tmp_path, "print('unknown option')"), tmp_path, ()) is None
    assert class_archive.archive(Jvm("21.0.2", tmp_path / "nowhere"), tmp_path, ()) is None

"""The rehearsal in which a JVM makes its archive of classes. A script stands for the JVM."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_who_asks_for_one_event_more_is_let_wait_until_it_has_ended():
    with class_archive._RuntimeApi() as api:
        api.events.clear()
        with socket.create_connection(("127.0.0.1", int(api.address.rpartition(":")[2]))) as client:
            client.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
            assert api.is_over.wait(10)
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)
            api.has_ended.set()
            client.settimeout(10)
            assert client.recv(1) == b""


def test_what_a_killed_rehearsal_left_is_removed_when_it_is_old_and_not_before(tmp_path):
    machine = jvm(tmp_path, OBEDIENT)
    left, fresh = (tmp_path / class_archive.FOLDER / f".21.jsa.{name}.tmp" for name in ("old", "new"))
    left.touch()
    fresh.touch()
    os.utime(left, (1, 1))
    assert class_archive.archive(machine, tmp_path, ()) is not None
    assert (left.exists(), fresh.exists()) == (False, True)


def test_a_jvm_that_hangs_is_ended_and_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(class_archive, "REHEARSAL_S_MAX", 0.3)
    script = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()"
    started, start = [], subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *arguments, **options: started.append(start(*arguments, **options)) or started[-1]
    )
    assert class_archive.archive(jvm(tmp_path, script), tmp_path, ()) is None
    assert [process.returncode is not None for process in started] == [True]


def test_a_jvm_that_cannot_make_one_runs_functions_without(tmp_path):
    assert class_archive.archive(jvm(tmp_path, "print('unknown option')"), tmp_path, ()) is None
    assert class_archive.archive(Jvm("21.0.2", tmp_path / "nowhere"), tmp_path, ()) is None

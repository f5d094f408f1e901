"""The lock of a data directory."""

import os
import subprocess
import sys
import threading

import pytest

from lambent.core.errors import StartupError
from lambent.store import lock


def test_a_second_holder_is_told_who_holds_the_folder_and_what_to_do(tmp_path):
    with lock.hold(tmp_path), pytest.raises(StartupError, match=rf"process {os.getpid()}\).*lambent stop"), lock.hold(tmp_path):
        pass


def test_the_advice_stops_the_holder_and_no_other_platform(tmp_path):
    with lock.hold(tmp_path), pytest.raises(StartupError, match=f"`lambent stop --data {tmp_path}`"):
        lock.check(tmp_path)
    lock.check(tmp_path)


def test_a_folder_is_free_again_after_the_block(tmp_path):
    with lock.hold(tmp_path):
        assert lock.holder(tmp_path) == os.getpid()
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path):
        pass


def test_who_asks_for_the_holder_is_not_taken_for_one(tmp_path):
    is_over = threading.Event()

    def ask():
        while not is_over.is_set():
            lock.holder(tmp_path)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(200):
            with lock.hold(tmp_path):
                pass
    finally:
        is_over.set()
        asking.join()


def test_a_killed_holder_holds_nothing(tmp_path):
    program = "import sys; from pathlib import Path; from lambent.store import lock\n"
    program += "with lock.hold(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"held\n"
    assert lock.holder(tmp_path) == child.pid
    child.kill()
    child.communicate()
    assert lock.holder(tmp_path) is None
    with lock.hold(tmp_path):
        pass


def test_a_folder_that_nobody_ever_held_has_no_holder(tmp_path):
    assert lock.holder(tmp_path / "nowhere") is None


def test_a_directory_that_is_deleted_or_replaced_is_no_longer_there(tmp_path):
    folder = tmp_path / "data"
    with lock.hold(folder) as held:
        assert held.is_there()
        (folder / "lock").unlink()
        assert not held.is_there()
        (folder / "lock").touch()
        assert not held.is_there()

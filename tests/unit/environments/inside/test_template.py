"""What must not be the same in two copies of a template, and what cannot be forked."""

import os
import random
import socket
import subprocess
import threading


def test_connections_are_closed_in_a_copy_and_files_have_a_position_of_their_own(inside, tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    ours, theirs = socket.socketpair()
    with open(tmp_path / "file", "rb", buffering=0) as file, ours, theirs:
        file.read(1)
        with open(os.dup(file.fileno()), "rb", buffering=0) as shared:
            template = inside("template")
            for descriptor in (file.fileno(), ours.fileno()):
                template._make_own(descriptor, os.fstat(descriptor).st_mode)
            assert (file.read(), shared.read()) == (b"bc", b"bc")
        assert ours.recv(1) == b""


def test_random_numbers_differ(inside):
    random.seed(1)
    before = random.getstate()
    inside("template").be_oneself(set(range(4096)))
    assert random.getstate() != before


def test_a_thread_or_a_process_that_is_running_cannot_be_forked(inside, monkeypatch):
    template = inside("template")
    monkeypatch.setattr(template.host, "children", list)
    others = len(template.sys._current_frames()) - 1
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert template.why_unfit().startswith(f"{others + 1} thread")
    end.set()
    thread.join()
    monkeypatch.setattr(template.sys, "_current_frames", lambda: {1: None})
    assert template.why_unfit() == ""
    monkeypatch.undo()
    monkeypatch.setattr(template.sys, "_current_frames", lambda: {1: None})
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        assert "process" in template.why_unfit()
        process.stdin.close()

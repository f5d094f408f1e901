"""What must not be the same in two copies of a template, and what cannot be forked."""

import os
import subprocess
import threading
import types

import pytest


def test_only_generators_that_chance_has_seeded_are_seeded_anew(inside, monkeypatch):
    template = inside("template")

    class BitGenerator:
        def __init__(self, entropy=1 << 127):
            self.seed_seq = types.SimpleNamespace(entropy=entropy)
            self.state = object()

    seeds = []
    numpy_random = types.SimpleNamespace(BitGenerator=BitGenerator, seed=lambda: seeds.append("global"))
    monkeypatch.setitem(template.sys.modules, "numpy.random", numpy_random)
    chance, seeded, listed = BitGenerator(), BitGenerator(42), BitGenerator([1, 2])
    found = template._generators_of_chance()
    assert found == [chance]
    states = [each.state for each in (chance, seeded, listed)]
    kept = set(range(4096))
    template.be_oneself(kept, types.SimpleNamespace(generators=found, descriptors=template.descriptors.Known(kept)))
    assert [each.state is state for each, state in zip((chance, seeded, listed), states, strict=True)] == [False, True, True]
    assert seeds == ["global"]


def test_a_thread_or_a_process_that_is_running_cannot_be_forked(inside, monkeypatch):
    template = inside("template")
    monkeypatch.setattr(template.host, "children", list)
    # What the tests' own process has open, as a loop's ring, is not asked for here.
    monkeypatch.setattr(template.descriptors, "unrenewable", list)
    others = len(template.sys._current_frames()) - 1
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert template.why_unfit().startswith(f"{others + 1} thread")
    end.set()
    thread.join()
    monkeypatch.setattr(template.sys, "_current_frames", lambda: {1: None})
    monkeypatch.setattr(template, "_named_threads", list)
    assert template.why_unfit() == ""
    monkeypatch.setattr(template, "_named_threads", lambda: ["tokio"])
    assert template.why_unfit() == "threads of a library are running (tokio)"
    monkeypatch.undo()
    monkeypatch.setattr(template.sys, "_current_frames", lambda: {1: None})
    monkeypatch.setattr(template, "_named_threads", list)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        assert "process" in template.why_unfit()
        process.stdin.close()


def test_what_a_copy_lacks_is_told_when_it_is_assigned_and_what_is_too_much_to_be_told_is_counted(inside, monkeypatch):
    template = inside("template")
    read, written = os.pipe()
    os.set_blocking(read, False)
    channel = types.SimpleNamespace(fileno=lambda: -1)
    told = []

    def shut_in(request, descriptors, way, ready):
        ready(channel, written)
        try:
            told.append(os.read(read, 9999))
        except BlockingIOError:
            pass
        return {}, None, written

    for name, stand_in in {"_leave": lambda _: None, "__init__": lambda _: None}.items():
        monkeypatch.setattr(template.Template, name, stand_in)
    monkeypatch.setattr(template.forking, "shut_in", shut_in)
    monkeypatch.setattr(template, "be_oneself", lambda *_: ["shares with others a file"])
    copy = template.Template()
    lost = [f"lacks /tmp/{number}" for number in range(11)]
    copy._way, copy._kept, copy._left = types.SimpleNamespace(lost=lost, close_up=lambda: None), (), types.SimpleNamespace()
    copy._left.descriptors = types.SimpleNamespace(outputs=[])
    with pytest.raises(template.Restored):
        copy._become({}, [])
    lines = os.read(read, 9999).decode().splitlines()
    assert told == []
    expected = [*(f"lacks /tmp/{number}" for number in range(10)), "differs in 2 more ways"]
    assert lines == [f"SnapStart: this environment {what}" for what in expected]
    os.close(read)
    os.close(written)

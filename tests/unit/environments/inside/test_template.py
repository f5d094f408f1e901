"""What must not be the same in two copies of a template, and what cannot be forked."""

import subprocess
import threading
import types


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

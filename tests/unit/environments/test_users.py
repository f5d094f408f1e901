"""Whether environments can each be a user of their own."""

import pytest

from lambent.environments import users

ALL = "         0          0 4294967295\n"
CONTAINER = "         0       1000          1\n         1     100000      65536\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setattr(users, "_OWN", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for name, text in (("uid_map", ALL), ("gid_map", ALL), ("setgroups", "allow\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_root_can_become_anybody(own):
    assert users.can_change()


@pytest.mark.parametrize(("name", "text"), [("uid_map", CONTAINER), ("gid_map", CONTAINER), ("setgroups", "deny\n")])
def test_root_of_a_container_cannot_become_who_does_not_exist_there(own, name, text):
    (own / name).write_text(text)
    assert not users.can_change()


def test_an_ordinary_user_cannot(own, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert not users.can_change()


def test_without_proc_nobody_can(own):
    (own / "uid_map").unlink()
    assert not users.can_change()

"""The composition root: what is built, what is refused, what is left behind."""

import contextlib
import importlib.resources
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lambent.app import SERVICES, build
from lambent.core.config import Config
from lambent.core.errors import StartupError
from lambent.store.folder import Folder, Running
from lambent.store.schema import schema_of


async def test_every_service_is_built(tmp_path: Path) -> None:
    platform = build(Config(port=0, data=tmp_path))
    await platform.start()
    try:
        assert list(platform.services) == list(SERVICES)
        assert platform.config.port != 0
        assert Folder(tmp_path).running() == Running(os.getpid(), platform.url)
    finally:
        await platform.stop()
    assert Folder(tmp_path).running() is None


@pytest.mark.parametrize("package", sorted({package for package, _ in SERVICES.values()}))
def test_a_file_with_a_row_in_every_table_passes_the_check_of_the_next_start(package: str) -> None:
    if not importlib.resources.files(package).joinpath("schema.sql").is_file():
        return
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema_of(package).sql)
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            kinds = [column[2] for column in connection.execute(f"PRAGMA table_info({table})")]
            row = [{"TEXT": "x", "BLOB": b"x"}.get(kind, 1) for kind in kinds]
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]


async def test_a_second_platform_on_a_directory_is_refused(tmp_path: Path) -> None:
    platform = build(Config(port=0, data=tmp_path))
    await platform.start()
    try:
        with pytest.raises(StartupError, match=f"in use by another Lambent .process {os.getpid()}."):
            await build(Config(port=0, data=tmp_path)).start()
    finally:
        await platform.stop()


async def test_a_directory_is_free_again_after_a_start_that_failed(tmp_path: Path) -> None:
    first = build(Config(port=0, data=tmp_path / "first"))
    await first.start()
    try:
        with pytest.raises(StartupError, match="is not free"):
            await build(Config(port=first.config.port, data=tmp_path / "second")).start()
    finally:
        await first.stop()
    second = build(Config(port=0, data=tmp_path / "second"))
    await second.start()
    await second.stop()


async def test_an_address_of_another_machine_is_refused_with_advice(tmp_path: Path) -> None:
    elsewhere = Config(port=0, data=tmp_path, host="192.0.2.1", auth="signed")  # an address for documentation, nobody's
    with pytest.raises(StartupError, match=r"cannot be listened on .*--port or --host"):
        await build(elsewhere).start()


async def test_a_damaged_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    damaged = b"this is no database" * 1_000
    (tmp_path / "state.db").write_bytes(damaged)
    with pytest.raises(StartupError):
        await build(Config(port=0, data=tmp_path)).start()
    assert (tmp_path / "state.db").read_bytes() == damaged


async def test_only_loopback_is_open(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="--auth signed"):
        await build(Config(port=0, data=tmp_path, host="0.0.0.0")).start()
    assert os.listdir(tmp_path) == []


def test_a_served_platform_ends_with_sigterm(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from lambent.app import serve; from lambent.core.config import Config;"
        "serve(Config(port=0, data=Path(sys.argv[1])), on_ready=lambda platform: print(platform.url, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://localhost:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert Folder(tmp_path).running() is None

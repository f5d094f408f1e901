"""Fixtures that really fork: ``house`` is a pool with everything on, ``kinds`` makes the same function in every packaging."""

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.environment.house import OWN, House
from tests.environment.kinds import FOREIGN, IMAGE, Kinds

from lambent.core.config import default_cache
from lambent.core.ports import Archive
from lambent.core.source_folders import SourceFolders
from lambent.environments import base_images
from lambent.environments.runtimes import Runtimes


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """``await open_house(stock=0)``: a house with options of the pool's."""
    houses = []

    async def open_(**options: Any) -> House:
        folder = tmp_path / str(len(houses))
        folder.mkdir()
        house = House(folder, **options)
        houses.append(house)
        await house.pool.start()
        return house

    yield open_
    for house in houses:
        await house.pool.stop()


@pytest.fixture
async def house(open_house: Callable[..., Any]) -> House:
    house: House = await open_house()
    if not await house.pool._isolation:
        pytest.skip("this machine does not let us isolate")
    return house


@pytest.fixture(scope="session")
def base_image(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Archive, ...], Mapping[str, Any]]:
    """Layers and configuration of a base image of this machine's Python: made once, whichever process needs it first."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if folder.name.startswith("popen-") else folder) / "base-image"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "index.json").is_file():
            files = asyncio.run(Runtimes(default_cache()).installed(OWN))
            base_images.make(files, folder)
    blobs = folder / "blobs" / "sha256"
    index = json.loads((folder / "index.json").read_text())
    manifest = json.loads((blobs / _digits(index["manifests"][0])).read_text())
    config: Mapping[str, Any] = json.loads((blobs / _digits(manifest["config"])).read_text())["config"]
    layers = tuple(Archive(_digits(each), blobs / _digits(each)) for each in manifest["layers"])
    return layers, config


def _digits(descriptor: Mapping[str, str]) -> str:
    return descriptor["digest"].removeprefix("sha256:")


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Kinds:
    return Kinds(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of unpacked code that outlives a test, for what is slow to unpack."""
    return tmp_path_factory.mktemp("unpacked")


@pytest.fixture
def kind(request: pytest.FixtureRequest, kinds: Kinds) -> str:
    """The parameter of the test, and what it takes is there."""
    if request.param in (IMAGE, FOREIGN):
        kinds.base = request.getfixturevalue("base_image")
    name: str = request.param
    return name


@pytest.fixture
def isolated(open_house: Callable[..., Any], unpacked: Path, kinds: Kinds) -> Callable[..., Any]:
    """``await isolated(stock=0)``: a house whose unpacked code outlives the test."""

    async def open_(**options: Any) -> House:
        folders = SourceFolders(is_loopback=True, allowed=[kinds.sources])
        house: House = await open_house(code_folder=unpacked, source_folders=folders, **options)
        if not await house.pool._isolation:
            pytest.skip("this machine does not let us isolate")
        return house

    return open_


@pytest.fixture
async def kind_house(isolated: Callable[..., Any]) -> House:
    house: House = await isolated()
    return house

"""Fixtures that really fork: ``house`` is a pool with everything on."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.environment.house import House


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

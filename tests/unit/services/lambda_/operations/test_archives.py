"""Zips are kept while something needs them, and no longer."""

import asyncio

import pytest
from tests.unit.services.lambda_.operations.conftest import zipped

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.settings import Code


async def test_old_code_goes_when_new_code_is_ready(house):
    await house.create()
    await house("update_function_code", FunctionName="f", ZipFile=zipped("new"))
    await house.keeps(1)


async def test_a_version_keeps_its_code(house):
    await house.create(Publish=True)
    await house("update_function_code", FunctionName="f", ZipFile=zipped("new"))
    await house.keeps(2)
    await house("delete_function", FunctionName="f", Qualifier="1")
    await house.keeps(1)


async def test_two_functions_share_one_zip(house):
    code = {"ZipFile": zipped("same")}
    await house.create("one", Code=code)
    await house.create("two", Code=code)
    await house.keeps(1)
    await house("delete_function", FunctionName="one")
    await house.keeps(1)
    await house("delete_function", FunctionName="two")
    await house.keeps(0)


async def test_a_refused_request_leaves_nothing(house):
    with pytest.raises(errors.RuntimeDeprecated):
        await house.create(Runtime="python3.7")
    await house.keeps(0)


async def test_a_dry_run_leaves_nothing(house):
    await house.create()
    await house("update_function_code", FunctionName="f", ZipFile=zipped("tried"), DryRun=True)
    await house.keeps(1)


async def test_a_sweep_waits_for_who_is_about_to_record_a_zip(house):
    archives = house.service.archives
    async with archives.keeping():
        code = await archives._keep(zipped("unrecorded"))
        sweep = asyncio.create_task(archives.sweep())
        for _ in range(100):
            await asyncio.sleep(0)
        assert archives.archive(code).path.is_file()
    await sweep
    assert not archives.archive(code).path.exists()


async def test_a_location_is_good_for_ten_minutes_and_for_its_own_zip_only(house):
    told = await house.create()
    location = (await house("get_function", FunctionName="f"))["Code"]["Location"]
    path, _, query = location.partition("?")
    sha256 = path.rpartition("/")[2]
    archives = house.service.archives
    content = await archives.open(sha256, query)
    assert content is not None
    assert b"".join([chunk async for chunk in content]) == zipped("f")
    assert len(zipped("f")) == told["CodeSize"]
    assert await archives.open("0" * 64, query) is None
    assert await archives.open(sha256, query.replace("Expires=1", "Expires=2")) is None
    await house.clock.advance(601)
    assert await archives.open(sha256, query) is None


async def test_a_zip_that_is_gone_is_not_found(house):
    query = house.service.archives.location(_Context(), Code("0" * 64, 1, 1)).partition("?")[2]
    assert await house.service.archives.open("0" * 64, query) is None


class _Context:
    endpoint_url = "http://localhost"

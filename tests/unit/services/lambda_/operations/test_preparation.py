"""From Pending to Active, whatever comes in between."""

import pytest
from tests.unit.services.lambda_.operations.conftest import zipped

from lambent.core.ports import BadArchive, InitFailed, RuntimeUnavailable
from lambent.services.lambda_ import errors


async def state_of(house, name="f"):
    told = await house("get_function_configuration", FunctionName=name)
    return told["State"], told.get("LastUpdateStatus")


async def test_a_prepared_function_is_active(house):
    told = await house.create()
    assert told["State"] == "Pending"
    assert await state_of(house) == ("Active", "Successful")


async def test_a_function_without_an_installed_runtime_is_active_too(house):
    house.environments.raises_in_prepare = RuntimeUnavailable("python3.12", "install it")
    await house.create()
    assert await state_of(house) == ("Active", "Successful")


async def test_a_function_that_cannot_be_unpacked_has_failed(house):
    house.environments.raises_in_prepare = BadArchive("it climbs out")
    await house.create()
    assert (await state_of(house))[0] == "Failed"
    told = await house("get_function_configuration", FunctionName="f")
    reason = "Lambda could not unzip the deployment package: it climbs out"
    assert (told["StateReason"], told["StateReasonCode"]) == (reason, "InvalidZipFileException")
    with pytest.raises(errors.ResourceNotReady):
        await house("create_alias", FunctionName="f", Name="live", FunctionVersion="$LATEST")


async def test_what_was_deleted_while_it_was_prepared_is_let_go(house, monkeypatch):
    async def prepare(spec):
        await house("delete_function", FunctionName="f")
        house.environments.retired.clear()
        house.environments.prepared.append(spec)

    monkeypatch.setattr(house.environments, "prepare", prepare)
    await house.create()
    await house.settle()
    assert house.environments.retired == [spec.key for spec in house.environments.prepared]


async def test_a_version_whose_init_fails_has_failed_and_latest_has_not(house):
    await house.create(SnapStart={"ApplyOn": "PublishedVersions"})
    house.environments.raises_in_prepare = InitFailed("Runtime.ExitError")
    await house("publish_version", FunctionName="f")
    await house.settle()
    told = await house("get_function_configuration", FunctionName="f", Qualifier="1")
    assert (told["State"], told["StateReasonCode"], told["SnapStart"]["OptimizationStatus"]) == (
        "Failed",
        "FunctionError",
        "Off",
    )
    assert await state_of(house) == ("Active", "Successful")


async def test_an_update_that_cannot_be_prepared_fails_and_the_function_stays(house):
    await house.create()
    house.environments.raises_in_prepare = OSError(28, "No space left on device")
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    await house.settle()
    assert await state_of(house) == ("Active", "Failed")
    told = await house("get_function_configuration", FunctionName="f")
    assert told["LastUpdateStatusReasonCode"] == "InternalError"
    assert told["LastUpdateStatusReason"].endswith("could not be made ready. No space left on device.")
    await house("invoke", FunctionName="f")
    (spec, _), (tried,) = house.environments.invoked[-1], house.environments.prepared[1:]
    assert (spec.timeout_s, tried.timeout_s) == (3, 9)
    assert house.environments.retired == [tried.key]


async def test_code_that_has_gone_is_told_to_who_invokes_it(house):
    await house.create()
    house.environments.raises_in_invoke = BadArchive("it is gone")
    with pytest.raises(errors.CodeNotUnpacked, match=r"Lambda could not unzip the deployment package\. it is gone"):
        await house("invoke", FunctionName="f")


@pytest.mark.parametrize("fault", [None, BadArchive("a layer is broken")])
async def test_an_update_that_a_crash_has_interrupted_is_finished_or_fails_and_until_then_changes_nothing(house, fault):
    await house.create()
    await house.supervisor.stop()  # dead before it could prepare
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    house.environments.raises_in_prepare = fault
    await house("invoke", FunctionName="f")
    assert await state_of(house) == ("Active", "InProgress")
    await house.restart()
    await house.settle()
    assert await state_of(house) == ("Active", "Failed" if fault else "Successful")
    await house.restart()
    await house("invoke", FunctionName="f")
    assert [spec.timeout_s for spec, _ in house.environments.invoked] == [3, 3 if fault else 9]


@pytest.mark.parametrize("operation", ["update_function_code", "update_function_configuration", "publish_version"])
async def test_while_an_update_is_in_progress_another_change_is_a_conflict(house, operation):
    await house.create()
    await house.supervisor.stop()
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    given = {"ZipFile": zipped("new")} if operation == "update_function_code" else {}
    with pytest.raises(errors.UpdateInProgress, match=r"An update is in progress for resource: arn:aws:lambda:.*:function:f$"):
        await house(operation, FunctionName="f", **given)


async def test_what_an_update_replaces_is_let_go_when_it_is_done_and_with_the_function(house):
    await house.create()
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    await house.settle()
    first, second = (spec.key for spec in house.environments.prepared)
    assert house.environments.retired == [first]
    house.environments.raises_in_prepare = BadArchive("no")
    await house("update_function_configuration", FunctionName="f", Timeout=10)
    await house.settle()
    house.environments.retired.clear()
    await house("delete_function", FunctionName="f")
    assert second in house.environments.retired


async def test_a_start_goes_on_where_a_crash_left_off(house):
    await house.supervisor.stop()  # dead before it could prepare
    told = await house.create()
    assert await state_of(house) == ("Pending", None)
    await house.restart()
    await house.settle()
    assert await state_of(house) == ("Active", "Successful")
    assert [spec.function_name for spec in house.environments.prepared] == [told["FunctionName"]]

"""As many environments as were asked for are kept ready, for who invokes by that qualifier."""

from lambent.core.ports import BadArchive


async def provisioned(house, qualifier="1", count=2):
    given = {"FunctionName": "f", "Qualifier": qualifier}
    await house("put_provisioned_concurrency_config", **given, ProvisionedConcurrentExecutions=count)
    await house.settle()
    return await house("get_provisioned_concurrency_config", **given)


async def test_what_is_asked_for_becomes_ready(house):
    await house.create(Publish=True)
    told = await provisioned(house)
    assert (told["Status"], told["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)


async def test_it_serves_the_qualifier_only(house):
    await house.create(Publish=True)
    await provisioned(house)
    await house("invoke", FunctionName="f:1")
    await house("invoke", FunctionName="f")
    kinds = [spec.initialization_type for spec, _ in house.environments.invoked]
    assert kinds == ["provisioned-concurrency", "on-demand"]


async def test_a_start_makes_it_ready_again(house):
    await house.create(Publish=True)
    await provisioned(house)
    house.environments.provided.clear()
    await house.restart()
    await house.settle()
    assert list(house.environments.provided.values()) == [2]


async def test_an_alias_that_moves_takes_it_along(house):
    await house.create(Publish=True)
    await house("create_alias", FunctionName="f", Name="live", FunctionVersion="1")
    await provisioned(house, "live")
    await house("update_function_configuration", FunctionName="f", Timeout=9)
    await house.settle()
    await house("publish_version", FunctionName="f")
    before = set(house.environments.provided)
    await house("update_alias", FunctionName="f", Name="live", FunctionVersion="2")
    await house.settle()
    assert len(house.environments.provided) == 1
    assert before.isdisjoint(house.environments.provided)


async def test_a_deletion_lets_them_go(house):
    await house.create(Publish=True)
    await provisioned(house)
    await house("delete_function", FunctionName="f")
    await house.settle()
    assert house.environments.provided == {}


async def test_what_cannot_be_kept_ready_says_why(house, monkeypatch):
    await house.create(Publish=True)

    async def fail(spec, count):
        raise OSError("no processes left")

    monkeypatch.setattr(house.environments, "provision", fail)
    told = await provisioned(house)
    assert (told["Status"], told["StatusReason"]) == ("FAILED", "OSError('no processes left')")


async def test_who_asks_again_has_it_tried_again(house, monkeypatch):
    await house.create(Publish=True)
    asked = []

    async def fail(spec, count):
        asked.append(count)
        raise BadArchive("it is damaged")

    monkeypatch.setattr(house.environments, "provision", fail)
    assert (await provisioned(house))["StatusReason"] == "it is damaged"
    monkeypatch.undo()
    assert ((await provisioned(house))["Status"], asked) == ("READY", [2])

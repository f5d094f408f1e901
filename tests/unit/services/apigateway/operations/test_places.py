"""Where visits lead."""

from tests.unit.services.apigateway.operations.http.conftest import World, world
from tests.unit.services.apigateway.visits import API_ID

from lambent.services.apigateway.operations.places import Places
from lambent.services.apigateway.tables.v2 import published

__all__ = ["world"]


async def test_an_api_is_read_once_and_again_when_it_has_changed(world: World):
    read: list[str] = []

    def compiled(tx: object, api_id: str) -> str | None:
        read.append(api_id)
        return "api" if published.published(tx, api_id) else None  # type: ignore[arg-type]

    places = Places(store=world.store, domains=world.domains, compiled=compiled)
    assert await places.api(API_ID) is None
    await world.publish("$default")
    assert [await places.api(API_ID) for _ in range(3)] == ["api"] * 3
    assert read == [API_ID] * 2
    places.forget_all()
    await places.api(API_ID)
    assert len(read) == 3


async def test_a_domain_name_s_longest_key_that_fits_is_meant(world: World):
    await world.publish("$default")
    await world.map("api.example", {"": "base", "a/b": "deep"})
    places = Places(store=world.store, domains=world.domains, compiled=lambda _tx, api_id: api_id)
    for path, key, stage, below in (("/a/b/c", "a/b", "deep", "/c"), ("/a", "", "base", "/a")):
        found = await places.below_domain("api.example", path)
        assert found is not None
        assert (found[0], found[1].mapping_key, found[1].stage, found[2]) == (API_ID, key, stage, below)
    assert await places.below_domain("other.example", "/") is None

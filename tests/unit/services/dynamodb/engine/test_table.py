"""Tables as values."""

from tests.unit.services.dynamodb.world import index, make


def test_a_table_finds_its_indexes_by_name(tx):
    table = make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind"),))
    assert table.index("by_kind").keys.names == ("kind",)
    assert table.index("other") is None


def test_a_stream_has_an_arn_once_there_is_one(tx):
    assert make(tx).stream_arn == ""
    streamed = make(tx, "streamed", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    assert streamed.stream_arn == f"{streamed.arn}/stream/2026-01-01T00:00:00.000"

"""The names of SQS' older protocol are laid over its model, for that protocol only."""

from lambent.wire import models, sqs_query


def test_every_list_and_map_has_its_old_names():
    shapes = models.service("sqs").shapes
    assert {name for name, shape in shapes.items() if shape.type == "list"} == set(sqs_query.LISTS)
    assert {name for name, shape in shapes.items() if shape.type == "map"} == set(sqs_query.MAPS)


def test_the_overlay_is_not_seen_by_json():
    plain, query = models.service("sqs"), models.query_service("sqs")
    assert plain is not query
    assert query is models.query_service("sqs")
    assert plain.shapes["QueueUrlList"].member.location_name is None
    assert query.shapes["QueueUrlList"].member.location_name == "QueueUrl"
    assert query.metadata.xml_namespace == "http://queue.amazonaws.com/doc/2012-11-05/"


def test_services_whose_models_know_their_names_have_no_overlay():
    assert models.query_service("iam") is models.service("iam")

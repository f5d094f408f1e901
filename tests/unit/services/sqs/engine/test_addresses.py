"""Queue URLs, by path and by host."""

import pytest

from lambent.services.sqs.engine.addresses import Address, address, region_of_endpoint, region_of_host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:4566/000000000000/name", ("000000000000", "", "name")),
        ("https://sqs.us-east-1.amazonaws.com/111122223333/q.fifo", ("111122223333", "us-east-1", "q.fifo")),
        ("http://sqs.eu-west-1.localhost:4566/000000000000/name", ("000000000000", "eu-west-1", "name")),
        ("http://eu-west-1.queue.localhost:4566/000000000000/name", ("000000000000", "eu-west-1", "name")),
        ("https://queue.amazonaws.com/000000000000/name", ("000000000000", "", "name")),
        ("http://[::1]:4566/queue/000000000000/name/", ("000000000000", "", "name")),
        ("http://us-gov-west-1.queue.localhost/000000000000/n", ("000000000000", "us-gov-west-1", "n")),
        ("name", ("", "", "name")),
    ],
)
def test_a_url_names_a_queue(url: str, expected: tuple[str, str, str]):
    assert address(url) == Address(*expected)


@pytest.mark.parametrize(
    "url", ["", "http://localhost/name", "http://localhost/1234/name", "http://[", "/", "http://localhost"]
)
def test_what_names_no_queue_is_none(url: str):
    assert address(url) is None


def test_an_endpoint_may_say_its_region():
    assert region_of_endpoint("http://sqs.eu-west-1.localhost:4566") == "eu-west-1"
    assert region_of_endpoint("http://localhost:4566") == region_of_endpoint("http://[") == ""
    assert region_of_host("sqs.nowhere.localhost") == ""

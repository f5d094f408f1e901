"""MD5s as AWS computes them."""

from lambent.services.sqs.engine.digests import Attribute, of_attributes, of_body


def test_a_body_has_its_md5():
    assert of_body(b"hello") == "5d41402abc4b2a76b9719d911017c592"


def test_attributes_are_digested_in_order_of_their_names():
    recorded = {
        "WeeksOn": Attribute("Number", "6"),
        "Author": Attribute("String", "John Grisham"),
        "Title": Attribute("String", "The Whistler"),
    }
    assert of_attributes(recorded) == "d25a6aea97eb8f585bfa92d314504a92"


def test_bytes_and_text_differ():
    assert of_attributes({"a": Attribute("Binary", b"v")}) != of_attributes({"a": Attribute("Binary", "v")})


def test_types_with_a_label_count_whole():
    assert of_attributes({"UserId": Attribute("Number.bigint", "1234567890123456789012")}) == "797ab158d73dcb5242dedc4412c8e855"

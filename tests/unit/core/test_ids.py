"""Chance is asked of one place and can be owned."""

import base64
import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from lambent.core import ids


def test_a_seed_makes_every_draw_repeat():
    def draws():
        with ids.seeded(7):
            return (
                ids.uuid4(),
                ids.hex_digits(32),
                ids.base32(16),
                ids.lower_and_digits(10),
                ids.fraction(),
                ids.random_bytes(5),
            )

    assert draws() == draws()


def test_chance_returns_after_a_seeded_block():
    with ids.seeded(7):
        first = ids.uuid4()
    assert ids.uuid4() != first


def test_a_uuid4_is_a_random_uuid_by_its_version_bits():
    assert uuid.UUID(ids.uuid4()).version == 4


def test_hex_digits_keep_their_length_when_the_number_is_small():
    with ids.seeded(1):
        assert {len(ids.hex_digits(3)) for _ in range(500)} == {3}


def test_a_uuid_is_one_of_version_4() -> None:
    assert all(uuid.UUID(text).version == 4 and str(uuid.UUID(text)) == text for text in (ids.uuid4() for _ in range(100)))


def test_two_threads_never_draw_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        drawn = [drawn for several in threads.map(lambda _: [ids.uuid4() for _ in range(500)], range(16)) for drawn in several]
    assert len(set(drawn)) == len(drawn)


def test_a_fraction_of_a_seed_is_the_first_that_java_draws():
    assert ids.fraction_of(3) == ids.fraction_of(3) == 0.731057369148862
    assert 0 <= ids.fraction_of(-(2**63)) < 1


def test_an_extended_request_id_has_sixteen_characters_of_base64():
    drawn = {ids.extended_request_id() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(base64.urlsafe_b64decode(each)) == 11 and len(each) == 16 for each in drawn)


def test_more_hex_digits_than_are_made_ahead_can_be_had() -> None:
    drawn = {ids.hex_digits(count) for count in (31, 32, 33, 256)}
    assert {len(each) for each in drawn} == {31, 32, 33, 256}
    assert all(set(each) <= set("0123456789abcdef") for each in drawn)


def test_a_forked_process_draws_other_ids_than_its_parent() -> None:
    def draws() -> str:
        return " ".join((ids.uuid4(), ids.hex_digits(32), ids.extended_request_id()))

    draws()  # there are some made ahead
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, draws().encode())
        finally:
            os._exit(0)  # whatever happens: it is no second run of the tests
    os.waitpid(child, 0)
    told = os.read(reading, 4096).decode().split()
    os.close(reading)
    os.close(writing)
    assert len(told) == 3
    assert not set(told) & {drawn for _ in range(300) for drawn in draws().split()}

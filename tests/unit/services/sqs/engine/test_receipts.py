"""Receipt handles tell a message, a receive and a queue, and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.sqs import errors
from lambent.services.sqs.engine.receipts import handle, read, seed_of

SEED = seed_of("arn:aws:sqs:us-east-1:111122223333:q")


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 1), st.booleans())
def test_a_handle_is_read_as_it_was_made(id_: int, receives: int, is_body_apart: bool):
    text = handle(SEED, id_, receives, is_body_apart=is_body_apart)
    assert text.startswith("AQEB")
    assert read(SEED, text) == (id_, receives, is_body_apart)


@given(st.text(max_size=40))
def test_nothing_else_is_a_handle(text: str):
    with pytest.raises(errors.ReceiptHandleIsInvalid, match="is not a valid receipt handle"):
        read(SEED, text)


def test_a_handle_is_of_one_queue():
    with pytest.raises(errors.ReceiptHandleIsInvalid):
        read(seed_of("arn:aws:sqs:us-east-1:111122223333:other"), handle(SEED, 1, 1, is_body_apart=False))


def test_a_changed_handle_is_none():
    text = handle(SEED, 1, 1, is_body_apart=False)
    with pytest.raises(errors.ReceiptHandleIsInvalid):
        read(SEED, text[:10] + ("A" if text[10] != "A" else "B") + text[11:])

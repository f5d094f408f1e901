"""What one turn of the loop has to send."""

import asyncio

from lambent.gateway.outbox import Outbox


class Sender:
    def __init__(self, sent: list[str], name: str) -> None:
        self.sent, self.name = sent, name

    def send_now(self) -> None:
        self.sent.append(self.name)


async def test_all_that_is_added_in_one_turn_of_the_loop_is_sent_when_that_is_over_in_order() -> None:
    outbox, sent = Outbox(), list[str]()
    outbox.add(Sender(sent, "a"))
    asyncio.get_running_loop().call_soon(outbox.add, Sender(sent, "c"))
    outbox.add(Sender(sent, "b"))
    assert sent == []
    await asyncio.sleep(0)
    assert sent == ["a", "b"]
    await asyncio.sleep(0)
    assert sent == ["a", "b", "c"]


async def test_what_is_added_while_others_send_is_sent_in_the_next_turn() -> None:
    outbox, sent = Outbox(), list[str]()

    class Adding(Sender):
        def send_now(self) -> None:
            super().send_now()
            outbox.add(Sender(sent, "after"))

    outbox.add(Adding(sent, "first"))
    await asyncio.sleep(0)
    assert sent == ["first"]
    await asyncio.sleep(0)
    assert sent == ["first", "after"]

"""What one turn of the loop has to send."""

import asyncio

from lambent.gateway.send_queue import SendQueue


class Sender:
    def __init__(self, sent: list[str], name: str) -> None:
        self.sent, self.name = sent, name

    def send_now(self) -> None:
        self.sent.append(self.name)

    def abort(self) -> None:
        self.sent.append(f"no {self.name}")


async def test_all_that_is_added_in_one_turn_of_the_loop_is_sent_when_that_is_over_in_order() -> None:
    queue, sent = SendQueue(), list[str]()
    queue.add(Sender(sent, "a"))
    asyncio.get_running_loop().call_soon(queue.add, Sender(sent, "c"))
    queue.add(Sender(sent, "b"))
    assert sent == []
    await asyncio.sleep(0)
    assert sent == ["a", "b"]
    await asyncio.sleep(0)
    assert sent == ["a", "b", "c"]


async def test_what_is_added_while_others_send_is_sent_in_the_next_turn() -> None:
    queue, sent = SendQueue(), list[str]()

    class Adding(Sender):
        def send_now(self) -> None:
            super().send_now()
            queue.add(Sender(sent, "after"))

    queue.add(Adding(sent, "first"))
    await asyncio.sleep(0)
    assert sent == ["first"]
    await asyncio.sleep(0)
    assert sent == ["first", "after"]


async def test_one_that_cannot_send_is_cut_off_and_the_others_send_all_the_same() -> None:
    queue, sent = SendQueue(), list[str]()

    class Broken(Sender):
        def send_now(self) -> None:
            raise RuntimeError("it is closed")

    queue.add(Broken(sent, "broken"))
    queue.add(Sender(sent, "b"))
    await asyncio.sleep(0)
    assert sent == ["no broken", "b"]

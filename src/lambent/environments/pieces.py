"""The answer of a function that writes it piece by piece: handed on as it comes, or gathered where nobody takes it so."""

from lambent.core.ports import ResponseStream
from lambent.environments import outcomes
from lambent.environments.outcomes import Failure


class Pieces:
    """Of one invocation. What comes beyond the limit is let go, and the function runs to its end."""

    def __init__(self, content_type: str, stream: ResponseStream | None) -> None:
        self.content_type = content_type
        self.gathered = bytearray()
        self._stream = stream
        self._bytes_max = outcomes.RESPONSE_BYTES_MAX if stream is None else outcomes.STREAM_BYTES_MAX
        self._bytes = 0
        if stream is not None:
            stream.begin(content_type)

    @property
    def failure(self) -> Failure | None:
        """What is wrong with all of it."""
        return outcomes.too_large(self._bytes_max) if self._bytes > self._bytes_max else None

    async def add(self, data: bytes) -> None:
        """Returns when the next piece may come."""
        room = self._bytes_max - self._bytes
        self._bytes += len(data)
        if room <= 0:
            return
        data = data[:room]
        if self._stream is None:
            self.gathered += data
        else:
            await self._stream.write(data)

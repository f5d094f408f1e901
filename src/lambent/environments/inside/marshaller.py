"""What a Python function returns, taken piece by piece where it is an iterator: over frames and over HTTP alike.

Both run this text under a name that ends in /bootstrap.py, because awslambdaric leaves the frames of files of this name out of
the tracebacks that it shows.
"""

from awslambdaric import lambda_runtime_marshaller
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller, to_json

# Code that also runs on AWS asks for this before it returns an iterator.
lambda_runtime_marshaller.takes_iterators = True

PIECE_BYTES_MAX = 65_536  # so that a reader who is behind holds the writer up soon

_STREAMED = ""  # the content type of an answer that has gone out in pieces: its beginning told the real one
_STREAM_TYPE = "application/octet-stream"
_PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
_PRELUDE_END = b"\0" * 8


class StreamingMarshaller(LambdaMarshaller):
    """Also takes iterators and asynchronous iterators of bytes or text, whose pieces go out as they come.

    A first piece that is a dict with "statusCode" tells the status, headers and cookies of an HTTP response. What a function
    raises before its first piece is an answer like any other error. ``begin`` takes the content type, ``write`` the pieces.
    """

    def __init__(self, begin, write):
        LambdaMarshaller.__init__(self)
        self._begin_stream = begin
        self._write_piece = write
        self._loop = None
        self._has_begun = False

    def marshal_response(self, response):
        if hasattr(response, "__next__"):
            self._has_begun = False
            for piece in response:
                self._write(piece)
        elif hasattr(response, "__aiter__"):
            self._has_begun = False
            error = self._own_loop().run_until_complete(self._drain(response))
            if error is not None:
                raise error
        else:
            return LambdaMarshaller.marshal_response(self, response)
        if not self._has_begun:
            self._begin(_STREAM_TYPE)
        return b"", _STREAMED

    async def _drain(self, response):
        """Returns what was raised, so that the frames of the event loop are not in its traceback."""
        try:
            async for piece in response:
                self._write(piece)
        except Exception as error:
            return error
        return None

    def _own_loop(self):
        """One for the life of this environment: what a function binds to its loop lives as long."""
        if self._loop is None:
            import asyncio

            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop

    def _begin(self, content_type):
        self._has_begun = True
        self._begin_stream(content_type)

    def _write(self, piece):
        data = piece.encode("utf-8") if isinstance(piece, str) else piece
        if isinstance(data, (bytes, bytearray, memoryview)):
            if not self._has_begun:
                self._begin(_STREAM_TYPE)
        elif isinstance(data, dict) and "statusCode" in data and not self._has_begun:
            self._begin(_PRELUDE_TYPE)
            data = to_json(data).encode("utf-8") + _PRELUDE_END
        else:
            raise FaultException(
                FaultException.MARSHAL_ERROR,
                "Unable to marshal response: a stream's pieces are bytes or str, not %s" % type(piece).__name__,
                None,
            )
        view = memoryview(data).cast("B")
        for at in range(0, len(view), PIECE_BYTES_MAX):
            self._write_piece(view[at : at + PIECE_BYTES_MAX])

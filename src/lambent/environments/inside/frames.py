"""The frames between the platform and one environment: a length, a kind, a body. Both sides import this file.

A frame is ``>IB`` (length of the body, kind) and the body. One frame each way carries one invocation. What the platform and a
zygote tell each other is framed the same way, JSON in it, with the number of descriptors that come along in the kind's place.
"""

import json
import struct
from typing import List, Tuple

HEAD = struct.Struct(">IB")
BODY_BYTES_MAX = 64 * 1024 * 1024

# platform -> environment
ASSIGN = 1  # JSON: whose environment this becomes
INVOKE = 2  # INVOKE_HEAD, header fields separated by NUL, the event
ORDER = 3  # JSON: a program that a supervisor is to start, or to send a signal
QUEUE = 4  # MEMORY; with the reading end of a queue, in which events may lie before the answer to another is given
QUEUED = 5  # as INVOKE, in the queue: its deadline counts from when it is taken

# environment -> platform
HELLO = 10  # waiting for its assignment: isolated, with the mount namespace as a descriptor; or plain, with PID in it
READY = 11  # INIT is over: USED, then nothing
RESULT = 12  # USED, content type, NUL, payload
ERROR = 13  # USED, the error's type as the runtime tells it beside the error ("" when it does not), NUL, the error as JSON
INIT_ERROR = 14  # the same of an error of INIT
FAILED = 15  # text: our own set-up failed before the function's code ran
STREAM = 16  # content type: the answer comes piece by piece, in CHUNKs, and ends with a RESULT (USED, NUL, nothing) or an ERROR
CHUNK = 17  # the next bytes of a streamed answer
FAULT = 18  # error type, NUL, text: what the platform says of a program that did not start, or of an extension that failed
TOLD = 19  # JSON: a supervisor's program runs, did not start, or has ended
OUTPUT = 20  # name, NUL, what that extension wrote
GONE = 21  # the runtime ended before it took the event: another one may
PIECES = (STREAM, CHUNK)  # the frames after which an invocation goes on

INVOKE_HEAD = struct.Struct(">QI")  # deadline in ms since 1970, length of the header fields
_INVOKE_HEAD_BYTES = INVOKE_HEAD.size
_pack_heads = struct.Struct(HEAD.format + INVOKE_HEAD.format[1:]).pack
USED = struct.Struct(">IQ?")  # peak resident memory in KB; how long the event took in microseconds; whether it has the queue
MEMORY = struct.Struct(">I")  # KB: who has used more takes no further event from the queue
PID = struct.Struct(">I")
QUEUED_BYTES_MAX = 16_384  # of a frame in the queue
# Where the output of one event from the queue ends and that of the next begins, in the log pipe: framed as a record is.
MARK = b"\xa5\x5a\x00\xff" + bytes(12)


def pack(kind: int, body: bytes) -> bytes:
    return HEAD.pack(len(body), kind) + body


def pack_message(facts: object, descriptor_count: int = 0) -> bytes:
    """For the control socket. The descriptors go with the first byte."""
    return pack(descriptor_count, json.dumps(facts).encode())


def pack_invoke(deadline_ms: int, fields: List[str], event: bytes, kind: int = INVOKE) -> bytes:
    """``fields``: request id, function ARN, trace id, tenant id, time shift, streams, client context (it may hold anything).

    The time shift is how many seconds ahead of the machine's the function's time is; empty for none. ``streams`` is empty
    unless the caller takes the answer piece by piece.
    """
    header = "\0".join(fields).encode()
    header_bytes = len(header)
    size = _INVOKE_HEAD_BYTES + header_bytes + len(event)
    return _pack_heads(size, kind, deadline_ms, header_bytes) + header + event


def unpack_invoke(body: bytes) -> Tuple[int, List[str], bytes]:
    deadline_ms, header_bytes = INVOKE_HEAD.unpack_from(body)
    event_at = INVOKE_HEAD.size + header_bytes
    fields = body[INVOKE_HEAD.size : event_at].decode().split("\0", 6)
    return deadline_ms, fields, body[event_at:]

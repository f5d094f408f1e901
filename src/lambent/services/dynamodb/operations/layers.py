"""In which words a bad request is refused: AWS checks in two layers, and which of them an operation runs decides.

PutItem, UpdateItem and DeleteItem put what is wrong with a request in an envelope, before they look for the table. GetItem,
BatchGetItem and Query say the same without one. Batches of writes, transactions and Scan say some of it in older words.
"""

from types import TracebackType

from lambent.services.dynamodb import errors


class _Enveloped:
    """``with ENVELOPED:`` around what looks at a request, not at its table."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(failure, errors.ValidationFailed):
            raise errors.Enveloped(reason=failure.newer_message) from failure


class _Older:
    """``with OLDER:`` around what looks at the values of a request."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, failure: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(failure, errors.ValidationFailed) and failure.older:
            raise errors.in_older_words(failure) from failure


ENVELOPED = _Enveloped()
OLDER = _Older()

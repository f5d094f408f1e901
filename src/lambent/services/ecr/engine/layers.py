"""Layers and the uploads that become layers: what was acknowledged of an upload is kept, piece by piece, until it is whole."""

from collections.abc import Callable

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.ecr import errors
from lambent.services.ecr.engine import limits, repositories
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.services.ecr.tables import images, layers
from lambent.services.ecr.tables.layers import Piece
from lambent.store.database import Transaction

NowOf = Callable[[str], Instant]
"""An account's time."""


def begin(tx: Transaction, name: RepositoryName, now: Instant) -> str:
    """A new upload's id. Raises RepositoryNotFound."""
    repositories.find(tx, name)
    upload = ids.uuid4()
    layers.begin_upload(tx, name, upload, now)
    return upload


def pieces(tx: Transaction, name: RepositoryName, upload: str) -> list[Piece]:
    """Raises RepositoryNotFound, UploadNotFound."""
    repositories.find(tx, name)
    if not layers.has_upload(tx, name, upload):
        raise errors.UploadNotFound()
    return layers.pieces(tx, name, upload)


def received(found: list[Piece]) -> int:
    """How many bytes of an upload are here."""
    return sum(piece.bytes for piece in found)


def add(tx: Transaction, name: RepositoryName, upload: str, piece: Piece) -> None:
    """Raises UploadNotFound; InvalidLayerPart where the piece does not begin where the last one ends."""
    if received(pieces(tx, name, upload)) != piece.first_byte:
        raise errors.InvalidLayerPart()
    layers.add_piece(tx, name, upload, piece)


def complete(tx: Transaction, name: RepositoryName, upload: str, digest: str, size: int, now: Instant) -> None:
    """The upload is this layer now. Raises RepositoryNotFound, UploadNotFound."""
    pieces(tx, name, upload)
    layers.end_upload(tx, name, upload)
    layers.put(tx, name, digest, size, now)


def cancel(tx: Transaction, name: RepositoryName, upload: str) -> None:
    """Raises RepositoryNotFound, UploadNotFound."""
    pieces(tx, name, upload)
    layers.end_upload(tx, name, upload)


def keep(tx: Transaction, name: RepositoryName, digest: str, size: int, now: Instant) -> None:
    """A layer that came in one piece. Raises RepositoryNotFound."""
    repositories.find(tx, name)
    layers.put(tx, name, digest, size, now)


def mount(tx: Transaction, name: RepositoryName, source: RepositoryName, digest: str, now: Instant) -> bool:
    """Gives a repository what another one has; False where that does not have it. Raises RepositoryNotFound."""
    repositories.find(tx, name)
    size = layers.find(tx, source, digest)
    if size is not None:
        layers.put(tx, name, digest, size, now)
    return size is not None


def find(tx: Transaction, name: RepositoryName, digest: str) -> int:
    """Its bytes. Raises RepositoryNotFound, LayerInaccessible."""
    repositories.find(tx, name)
    size = layers.find(tx, name, digest)
    if size is None:
        raise errors.LayerInaccessible(digest=digest, name=name.name, account=name.scope.account)
    return size


def remove(tx: Transaction, name: RepositoryName, digest: str) -> None:
    """Raises RepositoryNotFound, LayerInaccessible, LayerInUse."""
    find(tx, name, digest)
    if images.user_of(tx, name, digest) is not None:
        raise errors.LayerInUse(digest=digest)
    layers.delete(tx, name, digest)


def sizes(tx: Transaction, name: RepositoryName, digests: list[str]) -> list[int | None]:
    """None for each that the repository does not have. Raises RepositoryNotFound."""
    repositories.find(tx, name)
    return [layers.find(tx, name, digest) for digest in digests]


def expire(tx: Transaction, now_of: NowOf) -> None:
    """Forgets uploads that nobody completed, and layers that no image came to name, a day after they began."""
    for account, region, repository, upload, since in layers.uploads(tx):
        if since + limits.UNUSED_S_MAX <= now_of(account):
            layers.end_upload(tx, RepositoryName(Scope(account, region), repository), upload)
    for account, region, repository, digest, since in layers.unused(tx):
        if since + limits.UNUSED_S_MAX <= now_of(account):
            layers.delete(tx, RepositoryName(Scope(account, region), repository), digest)


def next_expiry(tx: Transaction) -> dict[str, Instant]:
    """When something of each account is next forgotten."""
    earliest: dict[str, Instant] = {}
    for account, _, _, _, since in (*layers.uploads(tx), *layers.unused(tx)):
        due = since + limits.UNUSED_S_MAX
        earliest[account] = min(due, earliest.get(account, due))
    return earliest


def used_blobs(tx: Transaction) -> set[str]:
    return layers.blobs(tx)

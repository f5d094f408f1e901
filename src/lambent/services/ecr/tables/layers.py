"""Layers that repositories have, and uploads that will be layers."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.store.database import Transaction

UNUSED_TOPIC = "ecr.blobs-unused"
"""Signalled when a blob may have lost its last user, and when something began that may become unused with time."""


class Piece(Struct, frozen=True):
    """A part of an upload that was acknowledged."""

    first_byte: int
    sha256: str
    bytes: int


_OF = "account = ? AND region = ? AND repository = ?"
FIND_LAYER = f"SELECT bytes FROM ecr_layers WHERE {_OF} AND digest = ?"  # noqa: S608 - column names only
PUT_LAYER = """
INSERT INTO ecr_layers (account, region, repository, digest, bytes, pushed_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, repository, digest) DO UPDATE SET pushed_at = excluded.pushed_at
"""
DELETE_LAYER = f"DELETE FROM ecr_layers WHERE {_OF} AND digest = ?"  # noqa: S608
DELETE_LAYERS = f"DELETE FROM ecr_layers WHERE {_OF}"  # noqa: S608
LIST_UNUSED_LAYERS = """
SELECT account, region, repository, digest, pushed_at FROM ecr_layers WHERE NOT EXISTS (
    SELECT 1 FROM ecr_parts WHERE ecr_parts.account = ecr_layers.account AND ecr_parts.region = ecr_layers.region
    AND ecr_parts.repository = ecr_layers.repository AND ecr_parts.part = ecr_layers.digest)
"""
LIST_BLOBS = "SELECT substr(digest, 8) FROM ecr_layers UNION SELECT sha256 FROM ecr_upload_pieces"

PUT_UPLOAD = "INSERT INTO ecr_uploads (account, region, repository, id, started_at) VALUES (?, ?, ?, ?, ?)"
FIND_UPLOAD = f"SELECT started_at FROM ecr_uploads WHERE {_OF} AND id = ?"  # noqa: S608
LIST_UPLOADS = "SELECT account, region, repository, id, started_at FROM ecr_uploads"
DELETE_UPLOAD = f"DELETE FROM ecr_uploads WHERE {_OF} AND id = ?"  # noqa: S608
DELETE_UPLOADS = f"DELETE FROM ecr_uploads WHERE {_OF}"  # noqa: S608
ADD_PIECE = """
INSERT INTO ecr_upload_pieces (account, region, repository, upload, first_byte, sha256, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
LIST_PIECES = f"SELECT first_byte, sha256, bytes FROM ecr_upload_pieces WHERE {_OF} AND upload = ? ORDER BY first_byte"  # noqa: S608
DELETE_PIECES = f"DELETE FROM ecr_upload_pieces WHERE {_OF} AND upload = ?"  # noqa: S608
DELETE_PIECES_OF_REPOSITORY = f"DELETE FROM ecr_upload_pieces WHERE {_OF}"  # noqa: S608


def find(tx: Transaction, name: RepositoryName, digest: str) -> int | None:
    """Its bytes."""
    return tx.one(FIND_LAYER, (*name.key, digest), into=int)


def put(tx: Transaction, name: RepositoryName, digest: str, size: int, now: Instant) -> None:
    tx.run(PUT_LAYER, (*name.key, digest, size, now))
    tx.signal(UNUSED_TOPIC)


def delete(tx: Transaction, name: RepositoryName, digest: str) -> None:
    tx.run(DELETE_LAYER, (*name.key, digest))
    tx.signal(UNUSED_TOPIC)


def delete_all(tx: Transaction, name: RepositoryName) -> None:
    """Layers and uploads of a repository."""
    for statement in (DELETE_LAYERS, DELETE_UPLOADS, DELETE_PIECES_OF_REPOSITORY):
        tx.run(statement, name.key)
    tx.signal(UNUSED_TOPIC)


def unused(tx: Transaction) -> list[tuple[str, str, str, str, float]]:
    """Layers that no image names: (account, region, repository, digest, pushed_at)."""
    return tx.all(LIST_UNUSED_LAYERS, into=_aged)


def blobs(tx: Transaction) -> set[str]:
    """The names of all blobs that any row needs."""
    return set(tx.all(LIST_BLOBS, into=str))


def begin_upload(tx: Transaction, name: RepositoryName, upload: str, now: Instant) -> None:
    tx.run(PUT_UPLOAD, (*name.key, upload, now))
    tx.signal(UNUSED_TOPIC)


def has_upload(tx: Transaction, name: RepositoryName, upload: str) -> bool:
    return tx.one(FIND_UPLOAD, (*name.key, upload)) is not None


def uploads(tx: Transaction) -> list[tuple[str, str, str, str, float]]:
    """(account, region, repository, id, started_at) of all that are under way."""
    return tx.all(LIST_UPLOADS, into=_aged)


def end_upload(tx: Transaction, name: RepositoryName, upload: str) -> None:
    tx.run(DELETE_UPLOAD, (*name.key, upload))
    tx.run(DELETE_PIECES, (*name.key, upload))
    tx.signal(UNUSED_TOPIC)


def add_piece(tx: Transaction, name: RepositoryName, upload: str, piece: Piece) -> None:
    tx.run(ADD_PIECE, (*name.key, upload, piece.first_byte, piece.sha256, piece.bytes))


def pieces(tx: Transaction, name: RepositoryName, upload: str) -> list[Piece]:
    return tx.all(LIST_PIECES, (*name.key, upload), into=Piece)


def _aged(account: str, region: str, repository: str, name: str, since: float) -> tuple[str, str, str, str, float]:
    return account, region, repository, name, since

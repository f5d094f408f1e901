"""Images, their tags, and what their manifests name."""

from collections.abc import Iterable

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.store.database import Transaction

ROWS_MAX = 2**31
"""No limit."""


class ImageRow(Struct, frozen=True):
    """``bytes`` are those of its layers and configuration; ``manifest`` is the text that the digest is of."""

    digest: str
    media_type: str
    artifact_type: str
    subject: str
    manifest: str
    bytes: int
    pushed_at: Instant


_OF = "account = ? AND region = ? AND repository = ?"
_COLUMNS = "digest, media_type, artifact_type, subject, manifest, bytes, pushed_at"
FIND_IMAGE = f"SELECT {_COLUMNS} FROM ecr_images WHERE {_OF} AND digest = ?"  # noqa: S608 - column names only
PUT_IMAGE = f"""
INSERT INTO ecr_images (account, region, repository, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, repository, digest) DO UPDATE SET media_type = excluded.media_type
"""  # noqa: S608
DELETE_IMAGE = f"DELETE FROM ecr_images WHERE {_OF} AND digest = ?"  # noqa: S608
LIST_IMAGES = f"SELECT {_COLUMNS} FROM ecr_images WHERE {_OF} AND digest > ? ORDER BY digest LIMIT ?"  # noqa: S608
LIST_REFERRERS = f"SELECT {_COLUMNS} FROM ecr_images WHERE {_OF} AND subject = ? ORDER BY digest"  # noqa: S608
COUNT_IMAGES = f"SELECT count(*) FROM ecr_images WHERE {_OF}"  # noqa: S608

FIND_TAG = f"SELECT digest FROM ecr_tags WHERE {_OF} AND tag = ?"  # noqa: S608
PUT_TAG = """
INSERT INTO ecr_tags (account, region, repository, tag, digest) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, repository, tag) DO UPDATE SET digest = excluded.digest
"""
DELETE_TAG = f"DELETE FROM ecr_tags WHERE {_OF} AND tag = ?"  # noqa: S608
DELETE_TAGS_OF_IMAGE = f"DELETE FROM ecr_tags WHERE {_OF} AND digest = ?"  # noqa: S608
LIST_TAGS = f"SELECT tag FROM ecr_tags WHERE {_OF} AND tag > ? ORDER BY tag LIMIT ?"  # noqa: S608
LIST_TAGS_OF_IMAGE = f"SELECT tag FROM ecr_tags WHERE {_OF} AND digest = ? ORDER BY tag"  # noqa: S608

ADD_PART = """
INSERT INTO ecr_parts (account, region, repository, image, part) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (account, region, repository, image, part) DO NOTHING
"""
DELETE_PARTS = f"DELETE FROM ecr_parts WHERE {_OF} AND image = ?"  # noqa: S608
LIST_PARTS = f"SELECT part FROM ecr_parts WHERE {_OF} AND image = ?"  # noqa: S608
FIND_USER = f"SELECT image FROM ecr_parts WHERE {_OF} AND part = ? LIMIT 1"  # noqa: S608


def find(tx: Transaction, name: RepositoryName, digest: str) -> ImageRow | None:
    return tx.one(FIND_IMAGE, (*name.key, digest), into=ImageRow)


def put(tx: Transaction, name: RepositoryName, row: ImageRow, parts: Iterable[str]) -> None:
    tx.run(
        PUT_IMAGE,
        (
            *name.key,
            row.digest,
            row.media_type,
            row.artifact_type,
            row.subject,
            row.manifest,
            row.bytes,
            row.pushed_at,
        ),
    )
    tx.run_many(ADD_PART, [(*name.key, row.digest, part) for part in parts])


def delete(tx: Transaction, name: RepositoryName, digest: str) -> None:
    """With its tags."""
    for statement in (DELETE_IMAGE, DELETE_TAGS_OF_IMAGE, DELETE_PARTS):
        tx.run(statement, (*name.key, digest))


def page(tx: Transaction, name: RepositoryName, *, after: str = "", count_max: int = ROWS_MAX) -> list[ImageRow]:
    return tx.all(LIST_IMAGES, (*name.key, after, count_max), into=ImageRow)


def referrers(tx: Transaction, name: RepositoryName, subject: str) -> list[ImageRow]:
    return tx.all(LIST_REFERRERS, (*name.key, subject), into=ImageRow)


def count(tx: Transaction, name: RepositoryName) -> int:
    return tx.one(COUNT_IMAGES, name.key, into=int) or 0


def parts(tx: Transaction, name: RepositoryName, digest: str) -> list[str]:
    return tx.all(LIST_PARTS, (*name.key, digest), into=str)


def user_of(tx: Transaction, name: RepositoryName, part: str) -> str | None:
    """An image whose manifest names the part."""
    return tx.one(FIND_USER, (*name.key, part), into=str)


def find_tag(tx: Transaction, name: RepositoryName, tag: str) -> str | None:
    """The digest of the image that has the tag."""
    return tx.one(FIND_TAG, (*name.key, tag), into=str)


def put_tag(tx: Transaction, name: RepositoryName, tag: str, digest: str) -> None:
    tx.run(PUT_TAG, (*name.key, tag, digest))


def delete_tag(tx: Transaction, name: RepositoryName, tag: str) -> None:
    tx.run(DELETE_TAG, (*name.key, tag))


def tags(tx: Transaction, name: RepositoryName, *, after: str = "", count_max: int = ROWS_MAX) -> list[str]:
    return tx.all(LIST_TAGS, (*name.key, after, count_max), into=str)


def tags_of(tx: Transaction, name: RepositoryName, digest: str) -> list[str]:
    return tx.all(LIST_TAGS_OF_IMAGE, (*name.key, digest), into=str)

"""Images: put under their digest, tagged, found, deleted."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.ecr import errors
from lambent.services.ecr.engine import repositories
from lambent.services.ecr.engine.identifiers import RepositoryName, is_digest, is_tag
from lambent.services.ecr.engine.manifests import Manifest
from lambent.services.ecr.tables import images, layers
from lambent.services.ecr.tables.images import ImageRow
from lambent.store.database import Transaction


class ImageId(Struct, frozen=True):
    """As callers name an image: by digest, by tag, or by both, which must then agree. Empty is not given."""

    digest: str = ""
    tag: str = ""


class Tagged(Struct, frozen=True):
    row: ImageRow
    tags: tuple[str, ...]


class Failure(Struct, frozen=True):
    """Why one of several images was passed over: AWS' code and reason."""

    image: ImageId
    code: str
    reason: str


def put(tx: Transaction, name: RepositoryName, manifest: Manifest, tag: str, now: Instant, *, is_repeatable: bool) -> None:
    """Keeps the manifest, and points the tag to it if there is one.

    ``is_repeatable``: that the image is there with this tag already is no error. Raises LayersNotFound,
    ReferencedImagesNotFound, ImageAlreadyExists, ImageTagAlreadyExists.
    """
    repository = repositories.find(tx, name)
    if tag and not is_tag(tag):
        raise errors.InvalidParameter(member="imageTag", must="must satisfy regular expression '[a-zA-Z0-9-_.]+'")
    _check_parts(tx, name, manifest)
    is_there = images.find(tx, name, manifest.digest) is not None
    tagged = images.find_tag(tx, name, tag) if tag else None
    if is_there and (tagged == manifest.digest or not tag):
        if is_repeatable:
            return
        raise errors.ImageAlreadyExists(digest=manifest.digest, tag=tag or "null", name=name.name, account=name.scope.account)
    if tagged is not None and tagged != manifest.digest and repositories.is_immutable(repository.settings, tag):
        raise errors.ImageTagAlreadyExists(tag=tag, name=name.name)
    row = ImageRow(
        manifest.digest,
        manifest.media_type,
        manifest.artifact_type,
        manifest.subject,
        manifest.text,
        sum(manifest.layers.values()),
        now,
    )
    images.put(tx, name, row, (*manifest.layers, *manifest.images))
    if tag:
        images.put_tag(tx, name, tag, manifest.digest)


def find(tx: Transaction, name: RepositoryName, wanted: ImageId) -> Tagged:
    """Raises RepositoryNotFound, ImageNotFound."""
    repositories.find(tx, name)
    row = _look_up(tx, name, wanted)
    if isinstance(row, Failure):
        raise errors.ImageNotFound(
            digest=wanted.digest or "null", tag=wanted.tag or "null", name=name.name, account=name.scope.account
        )
    return Tagged(row, tuple(images.tags_of(tx, name, row.digest)))


def find_each(tx: Transaction, name: RepositoryName, wanted: list[ImageId]) -> list[tuple[ImageId, ImageRow] | Failure]:
    """Raises RepositoryNotFound."""
    repositories.find(tx, name)
    found = [(each, _look_up(tx, name, each)) for each in wanted]
    return [row if isinstance(row, Failure) else (each, row) for each, row in found]


def page(tx: Transaction, name: RepositoryName, *, after: str, count_max: int) -> list[Tagged]:
    repositories.find(tx, name)
    rows = images.page(tx, name, after=after, count_max=count_max)
    return [Tagged(row, tuple(images.tags_of(tx, name, row.digest))) for row in rows]


def tags(tx: Transaction, name: RepositoryName, *, after: str, count_max: int) -> list[str]:
    repositories.find(tx, name)
    return images.tags(tx, name, after=after, count_max=count_max)


def referrers(tx: Transaction, name: RepositoryName, subject: str) -> list[ImageRow]:
    repositories.find(tx, name)
    return images.referrers(tx, name, subject)


def delete(tx: Transaction, name: RepositoryName, wanted: list[ImageId]) -> list[ImageId | Failure]:
    """By tag the tag goes, and the image with its last one; by digest the image goes with all its tags.

    Layers that no other image of the repository names go with it. Raises RepositoryNotFound.
    """
    repositories.find(tx, name)
    told: list[ImageId | Failure] = []
    for each in wanted:
        row = _look_up(tx, name, each)
        if isinstance(row, Failure):
            told.append(row)
            continue
        user = images.user_of(tx, name, row.digest)
        tags_left = [tag for tag in images.tags_of(tx, name, row.digest) if tag != each.tag] if each.tag else []
        if user is not None and not tags_left:
            reason = f"Requested image referenced by manifest list: [{user}]"
            told.append(Failure(each, "ImageReferencedByManifestList", reason))
            continue
        if tags_left:
            images.delete_tag(tx, name, each.tag)
            told.append(ImageId(row.digest, each.tag))
        else:
            told += [ImageId(row.digest, tag) for tag in images.tags_of(tx, name, row.digest)] or [ImageId(row.digest)]
            _remove(tx, name, row.digest)
    return told


def _remove(tx: Transaction, name: RepositoryName, digest: str) -> None:
    parts = images.parts(tx, name, digest)
    images.delete(tx, name, digest)
    for part in parts:
        if images.user_of(tx, name, part) is None:
            layers.delete(tx, name, part)


def _look_up(tx: Transaction, name: RepositoryName, wanted: ImageId) -> ImageRow | Failure:
    if not wanted.digest and not wanted.tag:
        return Failure(wanted, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
    if wanted.digest and not is_digest(wanted.digest):
        return Failure(
            wanted,
            "InvalidImageDigest",
            "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        )
    digest = wanted.digest
    if wanted.tag:
        tagged = images.find_tag(tx, name, wanted.tag)
        if tagged is not None and digest and tagged != digest:
            return Failure(wanted, "ImageTagDoesNotMatchDigest", "Requested image tag does not match the digest")
        if tagged is None:
            return Failure(wanted, "ImageNotFound", "Requested image not found")
        digest = tagged
    return images.find(tx, name, digest) or Failure(wanted, "ImageNotFound", "Requested image not found")


def _check_parts(tx: Transaction, name: RepositoryName, manifest: Manifest) -> None:
    missing = [digest for digest in manifest.layers if layers.find(tx, name, digest) is None]
    if missing:
        raise errors.LayersNotFound(digests=", ".join(missing), name=name.name, account=name.scope.account)
    absent = [digest for digest in manifest.images if images.find(tx, name, digest) is None]
    if absent:
        raise errors.ReferencedImagesNotFound(digests=", ".join(absent), name=name.name, account=name.scope.account)

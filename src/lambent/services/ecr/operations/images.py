"""Images: put, list, describe, get, delete."""

from typing import Any

from lambent.core import page_tokens
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.ecr import errors
from lambent.services.ecr.engine import images, manifests
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.services.ecr.engine.images import Failure, ImageId, Tagged
from lambent.services.ecr.operations.base import Base, date, head, page_size, start
from lambent.services.ecr.tables.images import ImageRow


class ImageOperations(Base):
    """What is in a repository, by digest and tag."""

    async def put_image(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._named(context, parameters, "PutImage")
        manifest = manifests.parse(parameters["imageManifest"], parameters.get("imageManifestMediaType") or "")
        digest, tag = parameters.get("imageDigest"), parameters.get("imageTag") or ""
        if digest and digest != manifest.digest:
            raise errors.ImageDigestDoesNotMatch(digest=digest, actual=manifest.digest)
        await self._store.write(images.put, name, manifest, tag, self._clock.now(), is_repeatable=False)
        image_id = _id(ImageId(manifest.digest, tag))
        image = {"imageManifest": manifest.text, "imageManifestMediaType": manifest.media_type, "imageId": image_id}
        return {"image": head(name) | image}

    async def batch_get_image(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._named(context, parameters, "BatchGetImage")
        found = await self._store.read(images.find_each, name, _ids(parameters))
        told: list[dict[str, Any]] = []
        for each in found:
            if not isinstance(each, Failure):
                wanted, row = each
                told.append(_image(name, wanted, row))
        return {"images": told, "failures": [_failure(each) for each in found if isinstance(each, Failure)]}

    async def batch_delete_image(self, context: Context, parameters: Parameters) -> Reply:
        gone = await self._store.write(
            images.delete, await self._named(context, parameters, "BatchDeleteImage"), _ids(parameters)
        )
        return {
            "imageIds": [_id(each) for each in gone if isinstance(each, ImageId)],
            "failures": [_failure(each) for each in gone if isinstance(each, Failure)],
        }

    async def list_images(self, context: Context, parameters: Parameters) -> Reply:
        rows, following = await self._page(context, parameters, "ListImages")
        status = (parameters.get("filter") or {}).get("tagStatus")
        told = []
        for each in rows:
            if status != "UNTAGGED":
                told += [_id(ImageId(each.row.digest, tag)) for tag in each.tags]
            if not each.tags and status != "TAGGED":
                told.append(_id(ImageId(each.row.digest)))
        return {"imageIds": told} | following

    async def describe_images(self, context: Context, parameters: Parameters) -> Reply:
        name = await self._named(context, parameters, "DescribeImages")
        if parameters.get("imageIds"):
            rows = [await self._store.read(images.find, name, wanted) for wanted in _ids(parameters)]
            return {"imageDetails": [_detail(name, each) for each in rows]}
        rows, following = await self._page(context, parameters, "DescribeImages")
        status = (parameters.get("filter") or {}).get("tagStatus")
        wanted = [each for each in rows if status in (None, "ANY", "TAGGED" if each.tags else "UNTAGGED")]
        return {"imageDetails": [_detail(name, each) for each in wanted]} | following

    async def _page(self, context: Context, parameters: Parameters, action: str) -> tuple[list[Tagged], Reply]:
        size, after = page_size(parameters), start(parameters, "")
        name = await self._named(context, parameters, action)
        rows = await self._store.read(images.page, name, after=after, count_max=size + 1)
        following = {"nextToken": page_tokens.token_of(rows[size - 1].row.digest)} if len(rows) > size else {}
        return rows[:size], following


def _ids(parameters: Parameters) -> list[ImageId]:
    return [ImageId(each.get("imageDigest") or "", each.get("imageTag") or "") for each in parameters["imageIds"]]


def _id(image: ImageId) -> dict[str, str]:
    told = {"imageDigest": image.digest, "imageTag": image.tag}
    return {key: value for key, value in told.items() if value}


def _image(name: RepositoryName, wanted: ImageId, row: ImageRow) -> dict[str, Any]:
    return head(name) | {
        "imageId": _id(ImageId(row.digest, wanted.tag)),
        "imageManifest": row.manifest,
        "imageManifestMediaType": row.media_type,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {"imageId": _id(failure.image), "failureCode": failure.code, "failureReason": failure.reason}


def _detail(name: RepositoryName, image: Tagged) -> dict[str, Any]:
    row = image.row
    told: dict[str, Any] = head(name) | {
        "imageDigest": row.digest,
        "imageSizeInBytes": row.bytes,
        "imagePushedAt": date(row.pushed_at),
        "imageManifestMediaType": row.media_type,
    }
    optional = {"imageTags": list(image.tags), "artifactMediaType": row.artifact_type, "subjectManifestDigest": row.subject}
    return told | {key: value for key, value in optional.items() if value}

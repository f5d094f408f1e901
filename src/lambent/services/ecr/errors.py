"""What ecr answers when it does not do as asked, in AWS' words; ``distribution`` is what docker's protocol has for it."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class EcrError(ServiceError):
    status: ClassVar[int] = 400
    distribution: ClassVar[tuple[int, str]] = (400, "UNSUPPORTED")


class InvalidParameter(EcrError):
    code = "InvalidParameterException"
    wording = "Invalid parameter at '{member}' failed to satisfy constraint: '{must}'"
    distribution = (400, "MANIFEST_INVALID")


class AccessDenied(EcrError):
    code = "AccessDeniedException"
    wording = "User: {principal} is not authorized to perform: {action} on resource: {arn}{because}"
    distribution = (403, "DENIED")

    def __init__(self, *, principal: str, action: str, arn: str, policy: str = "resource-based policy") -> None:
        super().__init__(
            principal=principal, action=action, arn=arn, because=f" because no {policy} allows the {action} action"
        )


class TooManyTags(EcrError):
    code = "TooManyTagsException"
    wording = (
        "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository"
        " is 50."
    )


# ---- repositories ----------------------------------------------------------------------------------------------------


class RepositoryNotFound(EcrError):
    code = "RepositoryNotFoundException"
    wording = "The repository with name '{name}' does not exist in the registry with id '{account}'"
    distribution = (404, "NAME_UNKNOWN")


class RepositoryAlreadyExists(EcrError):
    code = "RepositoryAlreadyExistsException"
    wording = "The repository with name '{name}' already exists in the registry with id '{account}'"


class RepositoryNotEmpty(EcrError):
    code = "RepositoryNotEmptyException"
    wording = (
        "The repository with name '{name}' in registry with id '{account}' cannot be deleted because it still contains images"
    )


class RepositoryPolicyNotFound(EcrError):
    code = "RepositoryPolicyNotFoundException"
    wording = "Repository policy does not exist for the repository with name '{name}' in the registry with id '{account}'"


class LifecyclePolicyNotFound(EcrError):
    code = "LifecyclePolicyNotFoundException"
    wording = "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{account}'"


# ---- images ----------------------------------------------------------------------------------------------------------


class ImageNotFound(EcrError):
    code = "ImageNotFoundException"
    wording = (
        "The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist within the repository with name"
        " '{name}' in the registry with id '{account}'"
    )
    distribution = (404, "MANIFEST_UNKNOWN")


class ImageAlreadyExists(EcrError):
    code = "ImageAlreadyExistsException"
    wording = (
        "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{name}' in registry with id"
        " '{account}'"
    )


class ImageTagAlreadyExists(EcrError):
    code = "ImageTagAlreadyExistsException"
    wording = (
        "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the tag is"
        " immutable."
    )
    distribution = (400, "TAG_INVALID")


class ImageDigestDoesNotMatch(EcrError):
    code = "ImageDigestDoesNotMatchException"
    wording = (
        "The specified image digest '{digest}' does not match the digest '{actual}' that Amazon ECR calculated for the image."
    )
    distribution = (400, "DIGEST_INVALID")


class LayersNotFound(EcrError):
    code = "LayersNotFoundException"
    wording = (
        "Layers with digests '[{digests}]' required for pushing image into repository with name '{name}' in the registry with"
        " id '{account}' do not exist"
    )
    distribution = (400, "MANIFEST_BLOB_UNKNOWN")


class ReferencedImagesNotFound(EcrError):
    code = "ReferencedImagesNotFoundException"
    wording = (
        "Images with digests '[{digests}]' required for pushing image into repository with name '{name}' in the registry with"
        " id '{account}' do not exist"
    )
    distribution = (400, "MANIFEST_BLOB_UNKNOWN")


# ---- layers ----------------------------------------------------------------------------------------------------------


class LayerInaccessible(EcrError):
    code = "LayersNotFoundException"
    wording = (
        "The layer with digest '{digest}' does not exist within the repository with name '{name}' in the registry with id"
        " '{account}'"
    )
    distribution = (404, "BLOB_UNKNOWN")


class LayerInUse(EcrError):
    """Only docker's protocol can ask for this."""

    code = "InvalidParameterException"
    wording = "The layer with digest '{digest}' is part of an image of the repository."
    distribution = (405, "UNSUPPORTED")


class LayerAlreadyExists(EcrError):
    code = "LayerAlreadyExistsException"
    wording = (
        "The layer with digest '{digest}' already exists within the repository with name '{name}' in registry with id"
        " '{account}'"
    )


class InvalidLayer(EcrError):
    code = "InvalidLayerException"
    wording = (
        "The layer digest calculation performed by Amazon ECR upon receipt of the image layer doesn't match the digest"
        " specified."
    )
    distribution = (400, "DIGEST_INVALID")


class InvalidLayerPart(EcrError):
    code = "InvalidLayerPartException"
    wording = (
        "The layer part size is not valid, or the first byte specified isn't consecutive to the last byte of a previous layer"
        " part upload."
    )
    distribution = (416, "BLOB_UPLOAD_INVALID")


class UploadNotFound(EcrError):
    code = "UploadNotFoundException"
    wording = "The upload could not be found, or the specified upload ID isn't valid for this repository."
    distribution = (404, "BLOB_UPLOAD_UNKNOWN")


class EmptyUpload(EcrError):
    code = "EmptyUploadException"
    wording = "The specified layer upload doesn't contain any layer parts."
    distribution = (400, "BLOB_UPLOAD_INVALID")

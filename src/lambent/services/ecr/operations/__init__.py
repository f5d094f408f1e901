"""ECR's operations, by what they are about; and the protocol that docker, podman and skopeo speak (``distribution``).

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
"""

from lambent.services.ecr.operations.images import ImageOperations
from lambent.services.ecr.operations.layers import LayerOperations
from lambent.services.ecr.operations.repositories import RepositoryOperations


class Ecr(RepositoryOperations, ImageOperations, LayerOperations):
    """Elastic Container Registry for one platform."""


__all__ = ["Ecr"]

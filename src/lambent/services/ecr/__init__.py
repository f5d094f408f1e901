"""Elastic Container Registry: repositories of images, through AWS' operations and through the protocol that docker speaks.

Layers are blobs named by their digest, kept once however many repositories have them; manifests are rows.
"""

from lambent.services.ecr.operations import Ecr

__all__ = ["Ecr"]

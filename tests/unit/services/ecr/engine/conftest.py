"""A transaction with ecr's tables, and manifests to put in them."""

import hashlib
import json

import pytest

from lambent.core.context import Scope
from lambent.services.ecr.engine import layers, manifests, repositories
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.services.ecr.tables.repositories import Settings

NAME = RepositoryName(Scope("123456789012", "eu-west-1"), "team/app")


@pytest.fixture
def tx(transaction_of):
    transaction = transaction_of("ecr")
    repositories.create(transaction, NAME, Settings(), 0.0)
    return transaction


def digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def manifest(*parts: str, subject: str = "") -> manifests.Manifest:
    """Of an image whose configuration and layers have these contents, each as long as its text."""
    config, *rest = [{"mediaType": "x", "digest": digest_of(part), "size": len(part)} for part in parts]
    body = {"schemaVersion": 2, "mediaType": manifests.OCI_MANIFEST, "config": config, "layers": rest}
    if subject:
        body["subject"] = {"mediaType": manifests.OCI_MANIFEST, "digest": subject, "size": 1}
    return manifests.parse(json.dumps(body))


def index(*images: manifests.Manifest) -> manifests.Manifest:
    told = [{"mediaType": image.media_type, "digest": image.digest, "size": len(image.text)} for image in images]
    return manifests.parse(json.dumps({"schemaVersion": 2, "mediaType": manifests.OCI_INDEX, "manifests": told}))


@pytest.fixture
def pushed(tx):
    """``pushed("config", "layer")``: an image all of whose parts are there already."""

    def push(*parts: str, **options: str) -> manifests.Manifest:
        for part in parts:
            layers.keep(tx, NAME, digest_of(part), len(part), 0.0)
        return manifest(*parts, **options)

    return push

-- Repositories and what is in them. "digest" is "sha256:" and 64 digits everywhere; the bytes of layers are blobs.

-- version 1

CREATE TABLE ecr_repositories (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- What a repository's images may be made of: layers, and the configurations of images.
CREATE TABLE ecr_layers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    pushed_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, repository, digest)
);

CREATE TABLE ecr_images (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    artifact_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    manifest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    pushed_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, repository, digest)
);

CREATE TABLE ecr_tags (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (account, region, repository, tag)
);

CREATE INDEX ecr_tags_of_image ON ecr_tags (account, region, repository, digest);

-- What the manifest of an image names: layers, or the images of an index.
CREATE TABLE ecr_parts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    image TEXT NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY (account, region, repository, image, part)
);

CREATE INDEX ecr_parts_used ON ecr_parts (account, region, repository, part);

CREATE TABLE ecr_uploads (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    id TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, repository, id)
);

-- Each piece that was acknowledged is a blob until the upload is complete.
CREATE TABLE ecr_upload_pieces (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    repository TEXT NOT NULL,
    upload TEXT NOT NULL,
    first_byte BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (account, region, repository, upload, first_byte)
);

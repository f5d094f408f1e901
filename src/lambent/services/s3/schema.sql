-- What s3 keeps: buckets, the versions of objects, uploads that are under way, and the parts of which a body is made.
-- Bucket names are keyed by the account; region is always '' (a bucket's own region is its location).
-- Bodies lie in a blob folder of s3's own, named by content; a blob that no row names is garbage.

-- version 1
CREATE TABLE s3_buckets (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    location TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    versioning TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- One row a version. sequence counts the versions of one key: the highest is the latest.
-- A body is one blob (sha256) or, when upload_id is not empty, the parts of that upload in order.
CREATE TABLE s3_objects (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    version_id TEXT NOT NULL,
    is_latest BIGINT NOT NULL,
    is_delete_marker BIGINT NOT NULL,
    size BIGINT NOT NULL,
    etag TEXT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    sha256 TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum_value TEXT NOT NULL,
    checksum_type TEXT NOT NULL,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, bucket, key, sequence)
);
CREATE UNIQUE INDEX s3_objects_latest ON s3_objects (account, region, bucket, key) WHERE is_latest = 1;
CREATE INDEX s3_objects_by_content ON s3_objects (sha256);
CREATE UNIQUE INDEX s3_objects_by_version ON s3_objects (account, region, bucket, key, version_id);

CREATE TABLE s3_uploads (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    initiated_at DOUBLE PRECISION NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum_type TEXT NOT NULL,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, bucket, key, upload_id)
);

-- The parts of an upload, and after its completion those of the object.
CREATE TABLE s3_parts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    etag TEXT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    checksum_algorithm TEXT NOT NULL,
    checksum_value TEXT NOT NULL,
    PRIMARY KEY (account, region, upload_id, number)
);
CREATE INDEX s3_parts_by_content ON s3_parts (sha256);

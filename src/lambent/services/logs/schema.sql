-- What logs keeps: groups, their streams, and batches of events.

-- version 1
CREATE TABLE log_groups (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    class TEXT NOT NULL,
    kms_key_id TEXT NOT NULL,
    retention_days BIGINT NOT NULL,
    is_deletion_protected BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (account, region, name)
);
CREATE INDEX log_groups_by_retention ON log_groups (retention_days) WHERE retention_days > 0;

-- The event columns are as of the last count: see log_counted.
CREATE TABLE log_streams (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    first_event_ms BIGINT NOT NULL,
    last_event_ms BIGINT NOT NULL,
    last_ingested_ms BIGINT NOT NULL,
    UNIQUE (group_id, name)
);
CREATE INDEX log_streams_by_last_event ON log_streams (group_id, last_event_ms, name);

-- events: MessagePack, an array of (timestamp in ms, message), in order of time, at most two seconds from first to last.
CREATE TABLE log_batches (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id BIGINT NOT NULL,
    stream_id BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    ingested_ms BIGINT NOT NULL,
    events BLOB NOT NULL
);
-- Both end with the row's id, as every index does. The second costs an append some 6 us, and spares reading one stream a walk
-- through all of its group.
CREATE INDEX log_batches_of_group ON log_batches (group_id, first_ms);
CREATE INDEX log_batches_of_stream ON log_batches (stream_id, first_ms);

-- One row: the batches up to this id are counted in the columns of groups and streams.
CREATE TABLE log_counted (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    until_id BIGINT NOT NULL,
    PRIMARY KEY (account, region)
);

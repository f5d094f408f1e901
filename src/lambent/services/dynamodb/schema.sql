-- Tables, their items, what finds items by other keys, and backups.

-- version 1

-- version counts the changes of the definition, so that who remembers one can tell whether it still holds.
CREATE TABLE dynamodb_tables (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    version BIGINT NOT NULL DEFAULT 0,
    definition BLOB NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (account, region, name)
);

-- partition_key begins with a hash of the key, sort_key sorts as the attribute's values do (it is empty where there is none).
-- item is JSON as clients see it, bytes is its size as AWS counts.
CREATE TABLE dynamodb_items (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    table_id BIGINT NOT NULL,
    partition_key BLOB NOT NULL,
    sort_key BLOB NOT NULL,
    bytes BIGINT NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (table_id, partition_key, sort_key)
) WITHOUT ROWID;

-- One row for each item in each index: its keys there, and where it stands.
-- The last column of a table WITHOUT ROWID must not be in its key: the check of a file by SQLite 3.40 calls it damaged otherwise.
CREATE TABLE dynamodb_entries (
    table_id BIGINT NOT NULL,
    index_number BIGINT NOT NULL,
    partition_key BLOB NOT NULL,
    sort_key BLOB NOT NULL,
    item_partition BLOB NOT NULL,
    item_sort BLOB NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (table_id, index_number, partition_key, sort_key, item_partition, item_sort)
) WITHOUT ROWID;

-- Transactions of the last ten minutes that had a token: what was asked for, digested.
CREATE TABLE dynamodb_tokens (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    token TEXT NOT NULL,
    digest BLOB NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, token)
);
CREATE INDEX dynamodb_tokens_by_expiry ON dynamodb_tokens (account, region, expires_at);

-- A backup's items are those of a table that nobody can name: items_id.
CREATE TABLE dynamodb_backups (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    table_uuid TEXT NOT NULL,
    table_created_at DOUBLE PRECISION NOT NULL,
    name TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    definition BLOB NOT NULL,
    items_id BIGINT NOT NULL,
    item_count BIGINT NOT NULL,
    item_bytes BIGINT NOT NULL,
    is_complete BIGINT NOT NULL,
    PRIMARY KEY (account, region, table_name, id)
);

-- A stream outlives its table by a day. due_at: when a shard rolls, or something has to go.
CREATE TABLE dynamodb_streams (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_name TEXT NOT NULL,
    label TEXT NOT NULL,
    view_type TEXT NOT NULL,
    key_schema BLOB NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    ended_at DOUBLE PRECISION NOT NULL,
    due_at DOUBLE PRECISION NOT NULL,
    UNIQUE (account, region, table_name, label)
);
CREATE INDEX dynamodb_streams_by_due ON dynamodb_streams (due_at);

-- last_position is -1 while a shard takes records: those of one stream of the table, which a write finds by the table.
CREATE TABLE dynamodb_shards (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id BIGINT NOT NULL,
    stream_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    hash_first BIGINT NOT NULL,
    hash_last BIGINT NOT NULL,
    opened_at DOUBLE PRECISION NOT NULL,
    first_position BIGINT NOT NULL,
    last_position BIGINT NOT NULL,
    closed_at DOUBLE PRECISION NOT NULL,
    counted_at DOUBLE PRECISION NOT NULL,
    UNIQUE (stream_id, name)
);
CREATE INDEX dynamodb_open_shards ON dynamodb_shards (table_id, hash_first) WHERE last_position = -1;

-- body: the record as GetRecords tells it, JSON.
CREATE TABLE dynamodb_stream_records (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    shard_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (shard_id, position)
) WITHOUT ROWID;

-- Tables whose items may expire, and where the look through the items that they had already has come.
CREATE TABLE dynamodb_expiring (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    table_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    seen_partition BLOB NOT NULL,
    seen_sort BLOB NOT NULL,
    PRIMARY KEY (table_id)
);

-- expires_at: seconds, as the item says it. The order of the columns is as that of dynamodb_entries, and for the same reason.
CREATE TABLE dynamodb_expiries (
    table_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    partition_key BLOB NOT NULL,
    sort_key BLOB NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (table_id, expires_at, partition_key, sort_key)
) WITHOUT ROWID;

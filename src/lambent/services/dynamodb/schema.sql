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
CREATE TABLE dynamodb_entries (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    table_id BIGINT NOT NULL,
    index_number BIGINT NOT NULL,
    partition_key BLOB NOT NULL,
    sort_key BLOB NOT NULL,
    item_partition BLOB NOT NULL,
    item_sort BLOB NOT NULL,
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

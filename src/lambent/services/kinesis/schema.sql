-- What kinesis keeps: streams, their shards, the records in blocks, and consumers with enhanced fan-out.

-- version 1
-- settings: JSON, what a stream has that no query asks for. kept_from: what arrived before is gone, whatever the retention is now.
CREATE TABLE kinesis_streams (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    stream_id TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL,
    retention_h BIGINT NOT NULL,
    kept_from REAL NOT NULL,
    created_at REAL NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    policy TEXT NOT NULL,
    UNIQUE (account, region, name)
);

-- next_index: that of the next record. Hash keys are decimal. closed_at is 0 while the shard is open; parents are numbers, or -1.
CREATE TABLE kinesis_shards (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream BIGINT NOT NULL,
    number BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    adjacent_parent BIGINT NOT NULL,
    first_hash TEXT NOT NULL,
    last_hash TEXT NOT NULL,
    created_at REAL NOT NULL,
    closed_at REAL NOT NULL DEFAULT 0,
    next_index BIGINT NOT NULL,
    arrived_at REAL NOT NULL DEFAULT 0,
    UNIQUE (stream, number)
);

-- Records of one shard that were committed together. records: MessagePack, an array of (partition key, data).
CREATE TABLE kinesis_blocks (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shard BIGINT NOT NULL,
    last_index BIGINT NOT NULL,
    count BIGINT NOT NULL,
    arrived_at REAL NOT NULL,
    encryption TEXT NOT NULL,
    records BLOB NOT NULL
);
CREATE UNIQUE INDEX kinesis_blocks_by_index ON kinesis_blocks (shard, last_index);
CREATE INDEX kinesis_blocks_by_arrival ON kinesis_blocks (shard, arrived_at);

CREATE TABLE kinesis_consumers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    tags TEXT NOT NULL,
    policy TEXT NOT NULL,
    UNIQUE (stream, name)
);

CREATE TABLE kinesis_accounts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    committed_at REAL NOT NULL,
    PRIMARY KEY (account, region)
);

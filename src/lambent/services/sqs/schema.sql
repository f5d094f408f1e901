-- What sqs keeps: queues, their backlogs of messages, and what FIFO queues remember besides.

-- version 1
CREATE TABLE sqs_queues (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    backlog_id BIGINT NOT NULL,
    created_at REAL NOT NULL,
    modified_at REAL NOT NULL,
    purged_at REAL NOT NULL,
    dead_letter_arn TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (account, region, name)
);
CREATE INDEX sqs_queues_by_dead_letter_arn ON sqs_queues (dead_letter_arn, name) WHERE dead_letter_arn <> '';

-- Names that may not be used again for a while.
CREATE TABLE sqs_deleted_queues (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    deleted_at REAL NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- All messages of a queue belong to its backlog. To purge a queue is to give it a new one; the old one is removed bit by bit.
CREATE TABLE sqs_backlogs (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    last_sequence BIGINT NOT NULL,
    is_ended BIGINT NOT NULL DEFAULT 0
);

-- A message is to be had from visible_at on. receives counts all its receives, receives_before those in other queues.
-- body is NULL where it stands in sqs_bodies: a receive rewrites the whole row.
CREATE TABLE sqs_messages (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    backlog_id BIGINT NOT NULL,
    visible_at REAL NOT NULL,
    retained_from REAL NOT NULL,
    received_at REAL NOT NULL DEFAULT 0,
    receives BIGINT NOT NULL DEFAULT 0,
    receives_before BIGINT NOT NULL DEFAULT 0,
    first_received_at REAL NOT NULL DEFAULT 0,
    sent_at REAL NOT NULL,
    sequence BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    trace_header TEXT NOT NULL,
    dead_letter_source TEXT NOT NULL DEFAULT '',
    attributes BLOB,
    body TEXT
);
CREATE INDEX sqs_messages_by_visibility ON sqs_messages (backlog_id, visible_at, retained_from);
CREATE INDEX sqs_messages_by_group ON sqs_messages (backlog_id, group_id, sequence, visible_at) WHERE group_id <> '';

CREATE TABLE sqs_bodies (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL
);

-- The groups of FIFO queues that have messages. available_at: when the first of them may be received.
CREATE TABLE sqs_groups (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    backlog_id BIGINT NOT NULL,
    group_id TEXT NOT NULL,
    available_at REAL NOT NULL,
    PRIMARY KEY (backlog_id, group_id)
);
CREATE INDEX sqs_groups_by_availability ON sqs_groups (backlog_id, available_at);

CREATE TABLE sqs_deduplications (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    backlog_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    expires_at REAL NOT NULL,
    message_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (backlog_id, scope, deduplication_id)
);
CREATE INDEX sqs_deduplications_by_expiry ON sqs_deduplications (backlog_id, expires_at);

-- What a receive with a ReceiveRequestAttemptId returned. leases: MessagePack, an array of (message, receives).
CREATE TABLE sqs_attempts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    backlog_id BIGINT NOT NULL,
    attempt_id TEXT NOT NULL,
    expires_at REAL NOT NULL,
    visible_at REAL NOT NULL,
    leases BLOB NOT NULL,
    PRIMARY KEY (backlog_id, attempt_id)
);
CREATE INDEX sqs_attempts_by_expiry ON sqs_attempts (backlog_id, expires_at);

CREATE TABLE sqs_move_tasks (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id TEXT NOT NULL UNIQUE,
    source_arn TEXT NOT NULL,
    destination_arn TEXT NOT NULL,
    rate_per_s BIGINT NOT NULL,
    status TEXT NOT NULL,
    moved BIGINT NOT NULL,
    to_move BIGINT NOT NULL,
    failure_reason TEXT NOT NULL,
    started_at REAL NOT NULL
);
CREATE INDEX sqs_move_tasks_by_source ON sqs_move_tasks (source_arn, id);

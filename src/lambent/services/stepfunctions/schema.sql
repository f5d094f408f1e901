-- State machines, their executions, and what these wait for.

-- version 1

CREATE TABLE stepfunctions_machines (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    revision TEXT NOT NULL,
    is_initial BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL,
    last_version BIGINT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- What a machine was at some time; "settings" is JSON: logging, tracing, encryption as AWS spells them.
CREATE TABLE stepfunctions_revisions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    machine TEXT NOT NULL,
    definition TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, id)
);

CREATE TABLE stepfunctions_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    machine TEXT NOT NULL,
    number BIGINT NOT NULL,
    revision TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, machine, number)
);

CREATE TABLE stepfunctions_aliases (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    machine TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    routing TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, machine, name)
);

-- "machine" is the number, within the definition, of what is run; "item" is the place of a child of a distributed Map, "map_run" its run.
-- "path" is the machine's name, with "/Label" where it is a child of a distributed Map. "waiter" names the frame of another execution
-- that waits for this one's end.
CREATE TABLE stepfunctions_executions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    version BIGINT NOT NULL,
    alias TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    stopped_at DOUBLE PRECISION,
    endpoint_url TEXT NOT NULL,
    trace_header TEXT NOT NULL,
    redrive_count BIGINT NOT NULL,
    redriven_at DOUBLE PRECISION,
    waiter TEXT NOT NULL,
    map_run BIGINT NOT NULL,
    item BIGINT NOT NULL,
    machine BIGINT NOT NULL,
    error TEXT,
    cause TEXT,
    output TEXT,
    input TEXT NOT NULL
);
CREATE UNIQUE INDEX stepfunctions_executions_by_name ON stepfunctions_executions (account, region, path, name);
CREATE INDEX stepfunctions_executions_by_path ON stepfunctions_executions (account, region, path, id);
CREATE INDEX stepfunctions_executions_by_map_run ON stepfunctions_executions (map_run, id) WHERE map_run <> 0;
CREATE INDEX stepfunctions_executions_by_status ON stepfunctions_executions (account, region, path, status, id);

CREATE TABLE stepfunctions_frames (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    execution BIGINT NOT NULL,
    id BIGINT NOT NULL,
    parent BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    machine BIGINT NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    entered_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    entered_at DOUBLE PRECISION NOT NULL,
    retries TEXT NOT NULL,
    secret TEXT NOT NULL,
    heartbeat_s DOUBLE PRECISION NOT NULL,
    timers TEXT NOT NULL,
    variables BLOB NOT NULL,
    item BLOB NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (execution, id)
);
CREATE INDEX stepfunctions_frames_by_parent ON stepfunctions_frames (execution, parent, idx);

-- How far a Map or a Parallel has come: small, because it changes with each of its frames.
CREATE TABLE stepfunctions_fans (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    execution BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    first_child BIGINT NOT NULL,
    total BIGINT NOT NULL,
    next BIGINT NOT NULL,
    done BIGINT NOT NULL,
    started_id BIGINT NOT NULL,
    concurrency BIGINT NOT NULL,
    PRIMARY KEY (execution, frame)
);

-- The events of one transition a row.
CREATE TABLE stepfunctions_history (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    execution BIGINT NOT NULL,
    first_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    events BLOB NOT NULL,
    PRIMARY KEY (execution, first_id)
);

-- What is to be called, in the order of ids.
CREATE TABLE stepfunctions_calls (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    execution BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    call BLOB NOT NULL
);
CREATE INDEX stepfunctions_calls_by_lane ON stepfunctions_calls (lane, id);
CREATE UNIQUE INDEX stepfunctions_calls_by_frame ON stepfunctions_calls (execution, frame);

CREATE TABLE stepfunctions_activities (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- What no worker has asked for yet.
CREATE TABLE stepfunctions_activity_tasks (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    activity TEXT NOT NULL,
    execution BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    token TEXT NOT NULL,
    input TEXT NOT NULL
);
CREATE INDEX stepfunctions_activity_tasks_by_activity ON stepfunctions_activity_tasks (account, region, activity, id);
CREATE INDEX stepfunctions_activity_tasks_by_frame ON stepfunctions_activity_tasks (execution, frame);

-- Express executions that have been begun asynchronously and have not ended: what is left of one after a crash begins anew.
CREATE TABLE stepfunctions_express (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    machine TEXT NOT NULL,
    name TEXT NOT NULL,
    run_id TEXT NOT NULL,
    revision TEXT NOT NULL,
    version BIGINT NOT NULL,
    alias TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    input TEXT NOT NULL
);

-- Distributed Maps under way or ended. Counts are of child executions; "settings" is JSON: what a run was begun with.
CREATE TABLE stepfunctions_map_runs (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL,
    execution BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    path TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    stopped_at DOUBLE PRECISION,
    concurrency BIGINT NOT NULL,
    tolerated_count BIGINT NOT NULL,
    tolerated_percentage DOUBLE PRECISION NOT NULL,
    total BIGINT NOT NULL,
    next BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    timed_out BIGINT NOT NULL,
    aborted BIGINT NOT NULL,
    written BIGINT NOT NULL,
    settings TEXT NOT NULL
);
CREATE UNIQUE INDEX stepfunctions_map_runs_by_uuid ON stepfunctions_map_runs (account, region, uuid);
CREATE INDEX stepfunctions_map_runs_by_execution ON stepfunctions_map_runs (execution, id);

-- The inputs of child executions, read before a run begins, and later their ends. "items" counts what is in a batch.
CREATE TABLE stepfunctions_map_items (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    execution BIGINT NOT NULL,
    frame BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    items BIGINT NOT NULL,
    status TEXT NOT NULL,
    input BLOB NOT NULL,
    output BLOB NOT NULL,
    PRIMARY KEY (execution, frame, idx)
);

-- version 2

-- "waiter" begins with the execution and the frame that began it: whoever is stopped stops those for which it waits.
CREATE INDEX stepfunctions_executions_by_waiter ON stepfunctions_executions (waiter) WHERE waiter <> '';

-- version 3

-- A machine whose deletion waits for its executions' end.
ALTER TABLE stepfunctions_machines ADD COLUMN is_deleting BIGINT NOT NULL DEFAULT 0;
CREATE INDEX stepfunctions_machines_deleting ON stepfunctions_machines (account, region, name) WHERE is_deleting <> 0;

-- Of an express child of a distributed Map: the last part of its ARN.
ALTER TABLE stepfunctions_executions ADD COLUMN run_id TEXT NOT NULL DEFAULT '';

-- "pending_redrive" counts children that are to run again when there is room.
ALTER TABLE stepfunctions_map_runs ADD COLUMN redrive_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stepfunctions_map_runs ADD COLUMN redriven_at DOUBLE PRECISION;
ALTER TABLE stepfunctions_map_runs ADD COLUMN pending_redrive BIGINT NOT NULL DEFAULT 0;

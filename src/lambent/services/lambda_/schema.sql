-- Functions and everything that hangs on them. "function" is the bare name; version 0 is $LATEST.

-- version 1

CREATE TABLE lambda_functions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    reserved_concurrency BIGINT,
    recursive_loop TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- Numbers that are never given twice, not even to a function or layer that was deleted and made again.
CREATE TABLE lambda_version_numbers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (account, region, kind, name)
);

CREATE TABLE lambda_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    version BIGINT NOT NULL,
    settings TEXT NOT NULL,
    source_description TEXT NOT NULL,
    environment_id TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    state TEXT NOT NULL,
    update_status TEXT NOT NULL,
    is_preparing BIGINT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    update_runtime_on TEXT NOT NULL,
    runtime_version_arn TEXT NOT NULL,
    code_bytes BIGINT NOT NULL,
    PRIMARY KEY (account, region, function, version)
);

CREATE INDEX lambda_versions_preparing ON lambda_versions (modified_at) WHERE is_preparing = 1;

CREATE TABLE lambda_aliases (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    description TEXT NOT NULL,
    weights TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    PRIMARY KEY (account, region, function, name)
);

-- One policy document a resource: "function:NAME", "function:NAME:QUALIFIER" or "layer:NAME:VERSION".
CREATE TABLE lambda_policies (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    resource TEXT NOT NULL,
    statements TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    PRIMARY KEY (account, region, resource)
);

CREATE TABLE lambda_provisioned (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    requested BIGINT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, function, qualifier)
);

CREATE TABLE lambda_layer_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    description TEXT NOT NULL,
    license TEXT NOT NULL,
    runtimes TEXT NOT NULL,
    architectures TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    zipped_bytes BIGINT NOT NULL,
    unzipped_bytes BIGINT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name, version)
);

-- Who needs which archive of the blob store: "function:NAME:VERSION" or "layer:NAME:VERSION". A layer's archive outlives the
-- layer version as long as a function has it.
CREATE TABLE lambda_archive_uses (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    holder TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (account, region, holder, sha256)
);

CREATE INDEX lambda_archive_uses_by_content ON lambda_archive_uses (sha256);

-- Accepted and not yet done. function_errors and throttles count what happened to it, as the retry rules need them.
CREATE TABLE lambda_async_events (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    request_id TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    payload BLOB NOT NULL,
    trace_id TEXT NOT NULL,
    principal_arn TEXT NOT NULL,
    endpoint_url TEXT NOT NULL,
    accepted_at DOUBLE PRECISION NOT NULL,
    due_at DOUBLE PRECISION NOT NULL,
    function_errors BIGINT NOT NULL,
    throttles BIGINT NOT NULL,
    PRIMARY KEY (account, region, request_id)
);

CREATE INDEX lambda_async_events_due ON lambda_async_events (account, region, function, due_at);

-- version 2

-- How events are retried and where records of their ends go; qualifier is "$LATEST", a version's digits or an alias' name.
CREATE TABLE lambda_event_invoke_configs (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    retries_max BIGINT,
    age_s_max BIGINT,
    on_success TEXT NOT NULL,
    on_failure TEXT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, function, qualifier)
);

-- What came of the event's last attempt, where it is to be tried again.
ALTER TABLE lambda_async_events ADD COLUMN failure BLOB;

-- version 3

-- What a function follows: queues, streams. "settings" is JSON; is_settling = 1 while the followers have not yet taken up
-- the last change, and "state" is one of AWS' transitional ones.
CREATE TABLE lambda_event_source_mappings (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    source_arn TEXT NOT NULL,
    function TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    settings TEXT NOT NULL,
    is_enabled BIGINT NOT NULL,
    state TEXT NOT NULL,
    is_settling BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, id)
);

CREATE INDEX lambda_event_source_mappings_by_function
    ON lambda_event_source_mappings (account, region, function, qualifier, source_arn, id);

CREATE INDEX lambda_event_source_mappings_by_source ON lambda_event_source_mappings (account, region, source_arn, id);

CREATE INDEX lambda_event_source_mappings_settling ON lambda_event_source_mappings (id) WHERE is_settling = 1;

-- version 4

-- How far a mapping has come in each shard of its stream: "progress" is JSON (engine/event_sources/progress.py).
CREATE TABLE lambda_event_source_shards (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    mapping TEXT NOT NULL,
    shard TEXT NOT NULL,
    progress TEXT NOT NULL,
    PRIMARY KEY (account, region, mapping, shard)
);

-- What came of the last batch of a stream, as LastProcessingResult tells it.
ALTER TABLE lambda_event_source_mappings ADD COLUMN last_result TEXT NOT NULL DEFAULT '';

-- version 5

-- Addresses at which functions answer web requests; alias is '' for the function itself. "cors" is JSON, '' for none.
CREATE TABLE lambda_function_urls (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function TEXT NOT NULL,
    alias TEXT NOT NULL,
    id TEXT NOT NULL,
    auth_type TEXT NOT NULL,
    invoke_mode TEXT NOT NULL,
    cors TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, function, alias)
);

CREATE UNIQUE INDEX lambda_function_urls_by_id ON lambda_function_urls (id);

-- version 6

-- A durable execution. "version" is "$LATEST" or digits. "invocation" is the id of the one that runs, '' while none does;
-- is_wanted = 1 while one is to begin, from due_at on and once none runs (of an execution that has ended: while its dead
-- letter is to be sent).
-- "changes" counts what happened to operations, "seen" is how far the function has been told.
CREATE TABLE lambda_durable_executions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    function TEXT NOT NULL,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at DOUBLE PRECISION NOT NULL,
    ended_at DOUBLE PRECISION NOT NULL,
    timeout_s BIGINT NOT NULL,
    retention_days BIGINT NOT NULL,
    origin BLOB NOT NULL,
    invocation TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    last_client_token TEXT NOT NULL,
    last_seen BIGINT NOT NULL,
    is_wanted BIGINT NOT NULL,
    due_at DOUBLE PRECISION NOT NULL,
    failures BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    operations BIGINT NOT NULL,
    events BIGINT NOT NULL,
    timer_at DOUBLE PRECISION NOT NULL,
    outcome BLOB,
    PRIMARY KEY (account, region, id)
);

CREATE UNIQUE INDEX lambda_durable_executions_by_name ON lambda_durable_executions (account, region, function, name);

CREATE INDEX lambda_durable_executions_by_start ON lambda_durable_executions (account, region, function, started_at, id);

CREATE INDEX lambda_durable_executions_wanted
    ON lambda_durable_executions (account, region, function, due_at) WHERE is_wanted = 1;

CREATE INDEX lambda_durable_executions_running ON lambda_durable_executions (id) WHERE invocation <> '';

-- What an execution has done and waits for, in the order in which it began. "changed" is the execution's count of changes at
-- the last change; is_hidden = 1 once the context around it has ended and replays without it.
CREATE TABLE lambda_durable_operations (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    execution TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL,
    position BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    is_pending BIGINT NOT NULL,
    is_hidden BIGINT NOT NULL,
    due_at DOUBLE PRECISION NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (account, region, execution, id)
);

CREATE INDEX lambda_durable_operations_by_position ON lambda_durable_operations (account, region, execution, position);

CREATE INDEX lambda_durable_operations_by_change ON lambda_durable_operations (account, region, execution, changed);

CREATE INDEX lambda_durable_operations_by_parent ON lambda_durable_operations (account, region, execution, parent);

CREATE INDEX lambda_durable_operations_pending
    ON lambda_durable_operations (account, region, execution, due_at) WHERE is_pending = 1;

CREATE TABLE lambda_durable_events (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    execution TEXT NOT NULL,
    number BIGINT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (account, region, execution, number)
);

-- version 7

-- Why the last preparation failed; empty where it did not.
ALTER TABLE lambda_versions ADD COLUMN failure TEXT NOT NULL DEFAULT '';

-- version 8

-- The same as one of AWS' reason codes.
ALTER TABLE lambda_versions ADD COLUMN failure_code TEXT NOT NULL DEFAULT '';

-- The last pause of a durable execution, as msgpack; NULL where it never was paused.
ALTER TABLE lambda_durable_executions ADD COLUMN pause BLOB;

-- version 9

-- What $LATEST was before an update that is in progress or has failed, as JSON; empty where there is none.
ALTER TABLE lambda_versions ADD COLUMN before_update TEXT NOT NULL DEFAULT '';

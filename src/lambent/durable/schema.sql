-- What is to happen later (timers) and elsewhere (outbox), a row until it has happened; and what time it is (clocks).

-- version 1
CREATE TABLE timers (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    due_at REAL NOT NULL,
    payload BLOB NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, key, account, region)
);
CREATE INDEX timers_by_due ON timers (due_at, id);

CREATE TABLE outbox (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    context BLOB NOT NULL,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    parameters BLOB NOT NULL,
    retries BLOB NOT NULL,
    ordering_key TEXT NOT NULL,
    on_end TEXT NOT NULL,
    accepted_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (due_at, id);
CREATE INDEX outbox_by_ordering_key ON outbox (ordering_key, account, region, id) WHERE ordering_key <> '';

-- version 2
-- Accounts that have a clock of their own, and under '' the platform's, where it has ever been other than the machine's.
CREATE TABLE clocks (
    account TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    stands_at REAL NOT NULL,
    ahead_s REAL NOT NULL
);

-- version 3
-- A lane is delivered by a worker of its own: '' by the platform's outbox.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_by_due;
CREATE INDEX outbox_by_lane_and_due ON outbox (lane, due_at, id);

-- version 4
-- Timers have lanes too: '' are the platform's, those of another are fired by a worker of its own.
ALTER TABLE timers ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP INDEX timers_by_due;
CREATE INDEX timers_by_lane_and_due ON timers (lane, due_at, id);

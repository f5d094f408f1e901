-- Buses (the default one is there without a row), their rules, the rules' targets, and connections. Deliveries are rows of the outbox, schedules timers.

-- version 1

CREATE TABLE events_buses (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    policy TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE events_rules (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    name TEXT NOT NULL,
    pattern TEXT NOT NULL,
    schedule TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    created_by TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, bus, name)
);

CREATE TABLE events_targets (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    rule TEXT NOT NULL,
    id TEXT NOT NULL,
    arn TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (account, region, bus, rule, id)
);
CREATE INDEX events_targets_by_arn ON events_targets (account, region, bus, arn, rule);

-- version 2

-- How to authorize with web APIs. "told" is JSON: what descriptions say; "secret" is JSON: what only a request is given. AWS keeps that
-- in Secrets Manager.
CREATE TABLE events_connections (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    told TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    authorized_at DOUBLE PRECISION,
    PRIMARY KEY (account, region, name)
);

-- Groups (the default one is there without a row) and their schedules; when those come round stands in timers, what they set going in the outbox.

-- version 1

CREATE TABLE scheduler_groups (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE scheduler_schedules (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    settings TEXT NOT NULL,
    anchor DOUBLE PRECISION NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, group_name, name)
);

-- How many schedules there are: counting a million rows for each new one would show.
CREATE TABLE scheduler_counts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    schedules INTEGER NOT NULL,
    PRIMARY KEY (account, region)
);

-- Client tokens that were used, with the digests of their requests.
CREATE TABLE scheduler_tokens (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    token TEXT NOT NULL,
    digest TEXT NOT NULL,
    used_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, token)
);
CREATE INDEX scheduler_tokens_by_age ON scheduler_tokens (account, region, used_at);

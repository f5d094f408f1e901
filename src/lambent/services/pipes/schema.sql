-- Pipes, and how far those from streams have come in each shard.

-- version 1

CREATE TABLE pipes_pipes (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    settings TEXT NOT NULL,
    desired_state TEXT NOT NULL,
    current_state TEXT NOT NULL,
    is_settling INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    modified_at DOUBLE PRECISION NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);
CREATE INDEX pipes_pipes_to_take_up ON pipes_pipes (is_settling, id);

-- ``pipe`` is the pipe's id: one made anew under the name begins anew.
CREATE TABLE pipes_shards (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    pipe TEXT NOT NULL,
    shard TEXT NOT NULL,
    progress TEXT NOT NULL,
    PRIMARY KEY (account, region, pipe, shard)
);

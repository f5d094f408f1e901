-- Topics, their subscriptions, and what FIFO topics remember of the last five minutes. Deliveries are rows of the outbox.

-- version 1

CREATE TABLE sns_topics (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    subscriptions_deleted BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE sns_subscriptions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    owner TEXT NOT NULL,
    principal_arn TEXT NOT NULL,
    attributes TEXT NOT NULL,
    is_pending BIGINT NOT NULL,
    was_authenticated BIGINT NOT NULL,
    needs_authentication BIGINT NOT NULL,
    token TEXT NOT NULL,
    token_expires_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, topic, id)
);
CREATE UNIQUE INDEX sns_subscriptions_by_endpoint ON sns_subscriptions (account, region, topic, protocol, endpoint);

CREATE TABLE sns_deduplications (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    expires_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, topic, key)
);
CREATE INDEX sns_deduplications_by_expiry ON sns_deduplications (account, region, topic, expires_at);

-- What iam keeps: users, roles and groups (entities), their policies, groups' members, and access keys.
-- IAM is global: region is always ''. Names are unique whatever their case, so they are looked up folded to lower case.
-- Everything hangs on an entity's id, so that renaming touches one row.

-- version 1
CREATE TABLE iam_entities (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    folded TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    tags TEXT NOT NULL,
    boundary_arn TEXT NOT NULL,
    description TEXT NOT NULL,
    trust_policy TEXT NOT NULL,
    session_s_max BIGINT NOT NULL,
    PRIMARY KEY (account, region, kind, folded)
);
CREATE UNIQUE INDEX iam_entities_by_id ON iam_entities (account, region, id);

CREATE TABLE iam_inline_policies (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region, entity_id, name)
);

CREATE TABLE iam_attachments (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    policy_arn TEXT NOT NULL,
    PRIMARY KEY (account, region, entity_id, policy_arn)
);
CREATE INDEX iam_attachments_by_policy ON iam_attachments (account, region, policy_arn);

CREATE TABLE iam_memberships (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (account, region, group_id, user_id)
);
CREATE INDEX iam_memberships_by_user ON iam_memberships (account, region, user_id);

-- Managed policies of the account's own; those that AWS manages are in the code.
CREATE TABLE iam_policies (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    arn TEXT NOT NULL,
    folded TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    updated_at DOUBLE PRECISION NOT NULL,
    default_version BIGINT NOT NULL,
    last_version BIGINT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, arn)
);
CREATE UNIQUE INDEX iam_policies_by_name ON iam_policies (account, region, folded);

CREATE TABLE iam_policy_versions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    arn TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (account, region, arn, version)
);

-- user_id is '' for the keys of the account itself (its root user).
CREATE TABLE iam_access_keys (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    secret_access_key TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (access_key_id)
);
CREATE INDEX iam_access_keys_by_user ON iam_access_keys (account, region, user_id);

CREATE TABLE iam_aliases (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (alias)
);

-- HTTP, WebSocket and REST APIs with their parts, what their deployments serve, domain names, VPC links, tags, usage plans.

-- version 1

CREATE TABLE apigateway_apis (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    api_id TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL
);
CREATE INDEX apigateway_apis_by_scope ON apigateway_apis (account, region, api_id);

-- Routes, integrations, authorizers, stages, deployments, models and responses: whatever belongs to one API. A name is what no
-- other of the kind in the API may be called.
CREATE TABLE apigateway_parts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    api_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    part_id TEXT NOT NULL,
    name TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (api_id, kind, part_id)
);
CREATE UNIQUE INDEX apigateway_parts_by_name ON apigateway_parts (api_id, kind, name);

-- What a deployment serves: the API's parts as they stood when it was made.
CREATE TABLE apigateway_snapshots (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    api_id TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (api_id, deployment_id)
);

-- A domain name is one in all accounts, in lower case.
CREATE TABLE apigateway_domains (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    domain_name TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL
);

CREATE TABLE apigateway_mappings (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    domain_name TEXT NOT NULL,
    mapping_id TEXT NOT NULL,
    mapping_key TEXT NOT NULL,
    api_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    PRIMARY KEY (domain_name, mapping_id)
);
CREATE UNIQUE INDEX apigateway_mappings_by_key ON apigateway_mappings (domain_name, mapping_key);
CREATE INDEX apigateway_mappings_by_api ON apigateway_mappings (api_id);

CREATE TABLE apigateway_vpc_links (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    link_id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (account, region, link_id)
);

CREATE TABLE apigateway_tags (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    arn TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, arn)
);

-- REST APIs: every part a document. ``owner`` is what it belongs to: an API, a usage plan, a domain name, or nothing.
CREATE TABLE apigateway_rest_documents (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, owner, id)
);
CREATE INDEX apigateway_rest_documents_by_id ON apigateway_rest_documents (kind, id);
CREATE INDEX apigateway_rest_documents_by_owner ON apigateway_rest_documents (account, region, owner);

CREATE TABLE apigateway_rest_usage (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    day TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (account, region, plan_id, key_id, day)
);

-- What the store keeps about itself: which sections of which component's schema.sql have been applied.

-- version 1
CREATE TABLE lambent_migrations (
    component TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (component, version)
);

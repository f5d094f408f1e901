"""Every SQL statement of iam, by what it is about: entities, policies, access keys."""

"""The rules of iam, by what they are about: entities, policies, documents, access keys."""

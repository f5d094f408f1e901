"""Follows event sources: one follower a mapping, kept by `following`; one module a kind of source."""

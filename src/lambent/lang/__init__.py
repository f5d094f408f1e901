"""The languages that AWS' services share, as pure functions: patterns of events, policies."""

"""The rows of pipes, and of how far they have come in shards."""

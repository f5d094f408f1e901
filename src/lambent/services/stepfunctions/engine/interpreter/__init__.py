"""The interpreter: what happens to an execution, and what comes of it. Pure."""

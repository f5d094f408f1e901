"""Durable functions: executions that are replayed from checkpoints. See DESIGN.md."""

"""Follows queues and streams, and gives what they hold to a consumer, batch after batch: why it is so stands in DESIGN.md."""

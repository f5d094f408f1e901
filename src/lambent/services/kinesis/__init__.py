"""Kinesis Data Streams: records in shards, in the order of their commits.

Records are kept in blocks, one row for what one commit brings to one shard, so that neither writers nor readers pay for a row a
record. ``appender`` gathers what many requests put at once; a sequence number is computed from the shard and the record's
index in it. A status that AWS passes through (CREATING, UPDATING) is over with the commit that brought it.
"""

from lambent.services.kinesis.operations import Kinesis

__all__ = ["Kinesis"]

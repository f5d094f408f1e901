"""CloudWatch Logs: groups, streams and events, kept in a database file of their own.

Events are kept in batches, one row for what one commit brings of one stream: a row for each event costs five times as much
to write. A batch spans at most two seconds, so a reader that walks batches by their first event knows how far back or ahead
it must look to put events in order. Nothing is counted while events come in; ``engine.statistics`` catches up when somebody
asks.
"""

from lambent.services.logs.operations import Logs

__all__ = ["Logs"]

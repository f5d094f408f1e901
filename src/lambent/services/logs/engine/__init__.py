"""The rules of logs: groups, streams, what is taken in, in which order it is read, and how long it is kept."""

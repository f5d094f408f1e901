"""The ``lambent`` command: data on stdout, talk on stderr."""

"""Every statement of logs, a file for each table."""

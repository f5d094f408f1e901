"""Every statement of sqs, a file for each table."""

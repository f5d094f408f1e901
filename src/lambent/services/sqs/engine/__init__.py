"""The rules of sqs, a file for what each is about."""

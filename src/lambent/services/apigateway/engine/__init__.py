"""What APIs are made of, and what becomes of the requests to them: pure."""

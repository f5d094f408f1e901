"""HTTP in: one readable pipeline from a request to the operation that answers it."""

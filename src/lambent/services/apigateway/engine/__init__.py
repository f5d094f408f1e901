"""What API Gateway is made of, and its rules."""

"""The operations of API Gateway, and the answers to those who visit the APIs."""

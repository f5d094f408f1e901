"""The statements of apigateway."""

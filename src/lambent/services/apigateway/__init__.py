"""API Gateway: HTTP, REST and WebSocket APIs."""

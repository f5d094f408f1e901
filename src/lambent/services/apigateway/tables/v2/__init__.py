"""The statements of HTTP and WebSocket APIs, domain names and VPC links."""

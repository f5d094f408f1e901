"""The rules of HTTP and WebSocket APIs as clients configure them."""

"""The data plane of WebSocket APIs: clients that connect, what they send, and what is sent to them."""

"""The data plane of WebSocket APIs, as far as it waits for nothing: plans, events, answers."""

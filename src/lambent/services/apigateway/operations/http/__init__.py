"""The data plane of HTTP APIs: visitors' requests, from the route to the integration and back."""

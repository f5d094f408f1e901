"""The data plane of HTTP APIs, as far as it is pure: which route a request takes, and what is made of it on the way."""

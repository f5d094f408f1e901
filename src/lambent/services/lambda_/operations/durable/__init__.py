"""Durable functions, at the edges: what runs them, and what is asked of them."""

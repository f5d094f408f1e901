"""Web requests as the events that functions are given."""

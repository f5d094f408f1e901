"""Every SQL statement of REST APIs."""

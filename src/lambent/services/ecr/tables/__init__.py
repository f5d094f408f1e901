"""Every statement of ecr."""

"""The statements of sns."""

"""The statements of scheduler."""

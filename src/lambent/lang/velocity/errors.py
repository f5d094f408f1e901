"""What can be wrong with a template: as it is written, and as it is run."""

from lambent.core.errors import LambentError


class InvalidTemplate(LambentError):
    """It cannot be read; ``at`` is the character where."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} at character {at}")
        self.reason, self.at = reason, at


class TemplateFailure(LambentError):
    """It cannot be run to its end with these variables."""

"""What pipes answers when it does not do as asked."""

from typing import ClassVar

from lambent.core.errors import ServiceError


class PipesError(ServiceError):
    """An error of pipes; all blame the request."""

    status: ClassVar[int] = 400


class ValidationException(PipesError):
    """Whatever the model does not say, but AWS does; ``reason`` is all of the message."""

    code = "ValidationException"
    wording = "{reason}"


class PipeNotFound(PipesError):
    code = "NotFoundException"
    status = 404
    wording = "Pipe {name} does not exist."


class PipeExists(PipesError):
    code = "ConflictException"
    status = 409
    wording = "Pipe {name} already exists."


class PipeIsChanging(PipesError):
    """An earlier change has not been taken up yet."""

    code = "ConflictException"
    status = 409
    wording = "Pipe {name} is in the state {state} and cannot be changed until that has ended."


class PipeIsThere(PipesError):
    """StartPipe of one that runs, StopPipe of one that does not."""

    code = "ConflictException"
    status = 409
    wording = "Pipe {name} is already in the desired state {state}."


class KindMissing(PipesError):
    """A source, an enrichment, a target or a log destination that AWS has and this platform has not."""

    code = "NotImplemented"
    status = 501
    wording = "Lambent has no pipes {way} {what} yet."


class EnrichmentFailed(PipesError):
    """Met by an execution: the enrichment has failed, or its answer cannot be used."""

    code = "EnrichmentFailed"
    wording = "{reason}"


class TargetFailed(PipesError):
    """Met by an execution: the target has failed, or takes no batch of this size."""

    code = "TargetFailed"
    wording = "{reason}"

"""How deploying fails: in AWS' words, with the next step."""

import contextlib
from collections.abc import Iterator

_ADVICE = {
    "AccessDenied": "The credentials in use may not do this; ask for the permission, or use others (AWS_PROFILE).",
    "AccessDeniedException": "The credentials in use may not do this; ask for the permission, or use others (AWS_PROFILE).",
    "ExpiredToken": "Sign in again: the session has ended.",
    "ExpiredTokenException": "Sign in again: the session has ended.",
    "UnrecognizedClientException": "The access key is not known there; check AWS_ACCESS_KEY_ID and the endpoint.",
    "InvalidClientTokenId": "The access key is not known there; check AWS_ACCESS_KEY_ID and the endpoint.",
    "CodeStorageExceededException": "Delete versions or functions that are not needed, or ask AWS for more.",
}


class DeployError(Exception):
    """What was not deployed and why. ``advice`` is the next step, a sentence or empty."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message}\n{advice}" if advice else message)
        self.message = message
        self.advice = advice


def code_of(error: BaseException) -> str:
    """AWS' name of a botocore ClientError."""
    answer = getattr(error, "response", None)
    return str(answer["Error"].get("Code", "")) if isinstance(answer, dict) and "Error" in answer else ""


def words_of(error: BaseException) -> str:
    answer = getattr(error, "response", None)
    return str(answer["Error"].get("Message", "")) if isinstance(answer, dict) and "Error" in answer else str(error)


@contextlib.contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turns botocore's exceptions into DeployErrors about ``what``."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        code = code_of(error)
        raise DeployError(f"{what}: {words_of(error)} ({code})", _ADVICE.get(code, "")) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        advice = 'Set AWS_PROFILE or AWS_ACCESS_KEY_ID; for a Lambent of yours run: eval "$(lambent env)"'
        raise DeployError(f"{what}: there are no AWS credentials", advice) from error
    except (exceptions.EndpointConnectionError, exceptions.ConnectTimeoutError) as error:
        advice = "Start a platform with `lambent start -d`, or unset AWS_ENDPOINT_URL to deploy to AWS."
        raise DeployError(f"{what}: nothing answers at {error.kwargs.get('endpoint_url')}", advice) from error
    except exceptions.BotoCoreError as error:
        raise DeployError(f"{what}: {error}") from error

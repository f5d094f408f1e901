"""What the holders of task tokens tell."""

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter import tokens
from lambent.services.stepfunctions.engine.interpreter.loop import Beat, Happening, Returned
from lambent.services.stepfunctions.engine.interpreter.tokens import Token
from lambent.services.stepfunctions.engine.json_words import checked, refusal
from lambent.services.stepfunctions.engine.transitions import Transitions
from lambent.services.stepfunctions.tables import executions
from lambent.store.database import Transaction


def parse_token(text: str) -> Token:
    """Raises InvalidToken."""
    token = tokens.parse(text)
    if token is None or not token.secret or not token.execution.isdigit():
        raise errors.InvalidToken(reason="Invalid token")
    return token


def checked_output(text: str) -> bytes:
    """Raises InvalidOutput."""
    try:
        checked(text)
    except ValueError as error:
        raise errors.InvalidOutput(reason=refusal(text)) from error
    return text.encode("utf-8", "surrogatepass")


def success(token: Token, output: bytes) -> Happening:
    return Returned(token.frame, token.attempt, output, secret=token.secret, is_from_outside=True)


def failure(token: Token, failed: Failure) -> Happening:
    return Returned(token.frame, token.attempt, failure=failed, secret=token.secret, is_from_outside=True)


def beat(token: Token) -> Happening:
    return Beat(token.frame, token.attempt, token.secret)


def tell(tx: Transaction, transitions: Transitions, scope: Scope, token: Token, happening: Happening, now: Instant) -> None:
    """Raises TaskTimedOut where nobody waits for it any more, InvalidToken for one of another account."""
    row = executions.find(tx, int(token.execution)) if len(token.execution) < 19 else None
    if row is None or row.scope != scope:
        raise errors.InvalidToken(reason="Invalid token")
    if not transitions.happen(tx, row.id, [happening], now):
        raise errors.TaskTimedOut()

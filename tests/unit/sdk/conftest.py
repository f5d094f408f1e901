"""An AWS of scripted answers, for what a platform does not do: roles that spread slowly, updates under way, refusals."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.sdk.clients import Target


class ScriptedAws:
    """Every client of every service. ``answers[operation]`` are given in turn, the last again and again; errors are raised."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.pauses_s: list[float] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("_"):
            raise AttributeError(operation)

        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            answers = self.answers.get(operation, [{}])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def parameters(self, operation: str) -> dict[str, Any]:
        return next(parameters for name, parameters in reversed(self.calls) if name == operation)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    from lambent.sdk import applying, buckets, clients, roles

    scripted = ScriptedAws()
    monkeypatch.setattr(Target, "client", lambda *_, **__: scripted)
    monkeypatch.setattr(applying, "_pause_s", scripted.pauses_s.append)
    for remembered in (roles._known, buckets._known, clients._accounts):
        remembered.clear()
    return scripted


@pytest.fixture
def refusal() -> Callable[..., Exception]:
    from botocore.exceptions import ClientError

    return lambda code, message="": ClientError({"Error": {"Code": code, "Message": message}}, "Operation")

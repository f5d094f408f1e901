"""What all environments of a key have in common: how the platform writes its lines."""

from pathlib import Path

from lambent.core.clock import VirtualClock
from lambent.core.ports import Archive, EnvironmentSpec
from lambent.environments.log_lines import JsonLines, Report, TextLines
from lambent.environments.plans import lines_of


def lines(log_format: str) -> TextLines | JsonLines:
    facts = (
        "k",
        "1" * 12,
        "eu-west-1",
        "f",
        "arn",
        "1",
        "python3.12",
        "a.b",
        Archive("0", Path("/z")),
        (),
        512,
        3,
        512,
        {},
        "",
    )
    return lines_of(EnvironmentSpec(*facts, "/aws/lambda/f", log_format), VirtualClock())


def test_a_function_is_told_of_in_the_format_of_its_choice():
    assert isinstance(lines("Text"), TextLines)
    assert isinstance(lines("JSON"), JsonLines)
    assert '"initializationType":"snap-start"' in (lines("JSON").init_start("snap-start") or "")


def test_a_restore_is_told_and_billed_besides():
    report = Report("r1", 1.5, 512, 30, restore_ms=4.2)
    assert report.billed_ms == 2 + 5
    text = lines("Text").report(report) or ""
    assert "Billed Duration: 7 ms" in text
    assert "Restore Duration: 4.20 ms\tBilled Restore Duration: 5 ms" in text
    assert lines("Text").restore_report(restore_ms=4.2, status="success", error_type="") == (
        "RESTORE_REPORT Restore Duration: 4.20 ms\n"
    )
    failed = lines("JSON").restore_report(restore_ms=4.2, status="error", error_type="E") or ""
    assert '"record":{"status":"error","metrics":{"durationMs":4.2},"errorType":"E"}' in failed

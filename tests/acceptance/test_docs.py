"""The documentation says what is so."""

import re
from pathlib import Path

import pytest

from lambent.cli import coverage
from lambent.cli.main import COMMANDS, HIDDEN

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_coverage_page_is_what_the_code_covers():
    assert (ROOT / "docs/coverage.md").read_text() == coverage.document(), "run `lambent coverage > docs/coverage.md`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_service_has_a_page():
    from lambent.app import SERVICES

    assert {path.stem for path in (ROOT / "docs/services").glob("*.md")} == set(SERVICES)


def test_every_command_is_on_its_page():
    page = (ROOT / "docs/cli.md").read_text()
    assert [name for name in COMMANDS if name not in HIDDEN and f"`{name}" not in page] == []

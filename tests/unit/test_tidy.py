"""The source keeps to its own rules: sizes, first lines, the same files in each service, no dead modules."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from tests import trees

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "lambent"
TESTS = REPOSITORY / "tests"
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
AGENTS_LINES_MAX = 60

ENTRY_POINTS = {
    "lambent.cli.main": "the lambent command",
    "lambent.testing": "imported by tests of applications",
    "lambent.environments.inside": "scripts that the function's own interpreter runs",
    "lambent.services.sts.tables": "STS keeps nothing, and its file of statements says so",
}

NO_UNIT_TEST = {
    "core/log.py": "proved where it is used, in gateway and durable",
    "wire/http.py": "two dataclasses",
    "services/apigateway/engine/records.py": "records without rules",
    "services/apigateway/engine/v2/resources.py": "records without rules",
    "store/database.py": "a protocol",
    "environments/traits.py": "a record and an error",
    **dict.fromkeys(
        (f"durable/followers/{name}.py" for name in ("consumer", "settings", "subject")),
        "protocols and dataclasses",
    ),
    **dict.fromkeys(
        (
            f"durable/followers/{name}.py"
            for name in ("followed", "keeping", "lane", "queue_follower", "shard_follower", "stream_follower", "stream_source")
        ),
        "proved with functions and pipes as consumers: tests/unit/services/{lambda_,pipes}/operations",
    ),
    **dict.fromkeys(
        (
            f"environments/{name}.py"
            for name in (
                "base_images",
                "assignments",
                "process",
                "zygotes",
                "nursery",
                "police",
                "planning",
                "freezer",
            )
        ),
        "proved by really forking: tests/environment",
    ),
}
"""Modules without a unit test of their own, each with the reason."""

NO_UNIT_TEST_FOLDERS = {
    "environments/inside": "runs inside a sandbox: tests/environment",
    "cli": "proved through the command: tests/acceptance and tests/unit/cli",
}

SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s)", re.IGNORECASE | re.DOTALL
)


@cache
def modules() -> dict[Path, str]:
    """The text of every module of the package."""
    return {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}


@cache
def files_of_tests() -> dict[Path, str]:
    """The text of every file of tests."""
    return {path: path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))}


@cache
def nodes() -> dict[Path, list[ast.AST]]:
    """Every node of every module: parsed and walked once, since that is what takes time here."""
    return {path: list(ast.walk(trees.parse(text))) for path, text in modules().items()}


def short(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def report(found: list[str], advice: str) -> None:
    assert not found, f"{advice}\n  " + "\n  ".join(found)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [REPOSITORY / name for name in listed.stdout.decode().split("\0") if name and (REPOSITORY / name).is_file()]


def test_no_file_is_longer_than_600_lines():
    lengths = {path: text.count("\n") for path, text in (modules() | files_of_tests()).items()}
    report([f"{short(p)}: {n}" for p, n in lengths.items() if n > FILE_LINES_MAX], "split by what the parts are about")


def test_no_function_is_longer_than_60_lines():
    long = []
    for path, found in nodes().items():
        for node in found:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    long.append(f"{short(path)}:{node.lineno} {node.name}: {length}")
    report(long, "a function has at most 60 lines, most have 10")


def test_every_file_says_in_its_first_line_what_it_is_for():
    texts = modules() | files_of_tests()
    silent = [short(path) for path, text in texts.items() if text and not re.match(r'"""\S', text)]
    report(silent, "open the file with a docstring whose first line says what it is for")


def test_every_service_has_the_same_files():
    missing = []
    for service in sorted(path for path in (SOURCE / "services").iterdir() if path.is_dir() and path.name != "__pycache__"):
        missing += [f"{short(service)}/{n}" for n in ("__init__.py", "schema.sql") if not (service / n).is_file()]
        for name in ("operations", "engine", "tables", "errors"):
            if not (service / f"{name}.py").is_file() and not (service / name / "__init__.py").is_file():
                missing.append(f"{short(service)}/{name}.py")
    report(missing, "every service has operations, engine, tables, errors and schema.sql")


def test_every_service_names_the_reference_of_its_operations():
    silent = []
    for schema in sorted((SOURCE / "services").glob("*/schema.sql")):
        package, module = schema.parent / "operations" / "__init__.py", schema.parent / "operations.py"
        path = package if package.is_file() else module
        docstring = ast.get_docstring(trees.parse(modules()[path])) or ""
        if not re.search(r"^https://docs\.aws\.amazon\.com/\S+/API_Operations\S*\.html$", docstring, re.MULTILINE):
            silent.append(short(path))
    report(silent, "end the docstring of a service's operations with the page on which AWS lists them")


def test_sql_stands_in_tables_only():
    strays = []
    for path, found in nodes().items():
        folders = path.relative_to(SOURCE).parts[:-1]
        if path.name == "tables.py" or any("tables" in folder for folder in folders) or folders[:1] == ("store",):
            continue
        for node in found:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
                strays.append(f"{short(path)}:{node.lineno}")
    report(strays, "move the statement to the tables module beside it")


def test_no_module_is_a_drawer_for_odds_and_ends():
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py", "util.py"}
    report([short(p) for p in modules() | files_of_tests() if p.name in drawers], "name the module for what it holds")


def test_no_module_is_dead():
    imported: set[str] = set()
    for found in nodes().values():
        for node in found:
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("lambent."):
                imported.add(node.value.partition(":")[0])  # a module named in a table and imported late
    dead = []
    for path in modules():
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        is_entry = any(name == entry or name.startswith(entry + ".") for entry in ENTRY_POINTS)
        if name != "lambent" and not is_entry and name not in imported and not _is_package_in_use(name, imported):
            dead.append(short(path))
    report(dead, "nothing imports this module: delete it, or use it")


def _is_package_in_use(name: str, imported: set[str]) -> bool:
    return any(other.startswith(name + ".") for other in imported)


def test_nothing_is_left_to_do_in_a_comment():
    marks = re.compile(r"#.*\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HA" + "CK"]) + r")\b")
    found = []
    for path, text in (modules() | files_of_tests()).items():
        found += [f"{short(path)}:{number}" for number, line in enumerate(text.splitlines(), 1) if marks.search(line)]
    report(found, "do it, or open an issue")


def test_no_test_sleeps_to_wait_for_a_delay():
    sleepers = []
    for path, text in files_of_tests().items():
        for node in ast.walk(trees.parse(text)) if "sleep(" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep", "sleep"):
                is_yield = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
                if not is_yield:
                    sleepers.append(f"{short(path)}:{node.lineno}")
    report(sleepers, "turn the clock, or wait for a signal")


def test_every_module_has_a_unit_test_of_its_name():
    missing = []
    for path in modules():
        inside = path.relative_to(SOURCE)
        if path.name == "__init__.py" or str(inside) in NO_UNIT_TEST:
            continue
        if any(str(inside).startswith(folder + "/") for folder in NO_UNIT_TEST_FOLDERS):
            continue
        if inside.parts[0] == "services" and _is_proved_by_service_tests(inside):
            continue
        if not (TESTS / "unit" / inside.parent / f"test_{path.name}").is_file():
            missing.append(short(path))
    report(missing, "write tests/unit/…/test_<module>.py, or state a reason in NO_UNIT_TEST")


def _is_proved_by_service_tests(inside: Path) -> bool:
    """Operations, tables and errors of a service are proved through boto3; its other modules have unit tests."""
    is_covered_part = inside.parts[2].removesuffix(".py") in ("operations", "tables") or inside.name == "errors.py"
    return is_covered_part and (TESTS / "service" / inside.parts[1]).is_dir()


def test_the_guide_for_agents_is_short():
    guide = REPOSITORY / "AGENTS.md"
    assert len(guide.read_text(encoding="utf-8").splitlines()) <= AGENTS_LINES_MAX


def test_no_tracked_file_names_an_index_or_a_path_of_one_machine():
    host = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.org"])
    folder = "|".join(["work/main", "root/" + r"\.", "farm/"])
    pattern = re.compile(rf"({host})|(^|[^\w.])/({folder})", re.MULTILINE)
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        if pattern.search(text):
            found.append(short(path))
    report(found, "such names differ between machines")

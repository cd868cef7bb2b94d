"""What a reader may expect of the tree."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "auditor").rglob("*.py"))
TEST_MODULES = sorted((ROOT / "tests").rglob("test_*.py"))
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_stays_readable(path: Path) -> None:
    """A first line that says it, at most 400 lines, no function longer than a screen."""
    tree = ast.parse(path.read_text())

    assert ast.get_docstring(tree)
    assert len(path.read_text().splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert lines <= MAX_FUNCTION_LINES, f"{path.name}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", TEST_MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_states_its_promise_and_can_fail(path: Path) -> None:
    """A docstring, and something asserted or expected to raise."""
    for function in _tests_in(path):
        assert ast.get_docstring(function), f"{function.name} states no promise"
        checks = [node for node in ast.walk(function) if _is_check(node)]
        assert checks, f"{function.name} cannot fail"


def test_the_package_has_no_room_for_everything() -> None:
    """Names that say nothing gather everything."""
    banned = {"utils", "helpers", "manager", "common", "base", "core", "misc"}

    assert not banned & {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}


def test_locks_pin_every_requirement_by_hash_and_name_no_host() -> None:
    """An install is the same everywhere, and from whichever index is at hand."""
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        pinned = [line for line in text.splitlines() if "==" in line]
        assert pinned
        assert "://" not in text
        assert text.count("--hash=sha256:") >= len(pinned)


def test_the_runtime_lock_is_part_of_the_test_lock() -> None:
    """What is tested is what is shipped."""
    runtime, tested = (
        {line.split(" ")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-test.lock")
    )
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert runtime <= tested
    assert len(declared) <= len(runtime)


def _tests_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def _is_check(node: ast.AST) -> bool:
    """`assert`, `pytest.raises(...)`, or a call of something that is named for checking."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"raises", "fail"} or name.startswith(("assert_", "check_", "expect_"))

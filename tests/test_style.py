"""What ruff has no rule for."""

import ast
from pathlib import Path

from tests.support.paths import ROOT


def stray_strings(path: Path) -> list[int]:
    """Lines of strings that are statements but not a module's, class's or function's docstring."""
    lines = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        body = getattr(node, "body", [])
        if not isinstance(body, list):  # a lambda's, an `if` expression's
            continue
        for statement in body[1:] if documented else body:
            value = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                lines.append(statement.lineno)
    return lines


def test_attributes_are_documented_in_comments() -> None:
    """`#:` above the attribute, or a comment behind it: one dialect."""
    folders = ("sim", "bridge", "benchmarks", "tests", "features")
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (lines := stray_strings(path))
    }
    assert found == {}

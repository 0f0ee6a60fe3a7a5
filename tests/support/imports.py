"""Who imports whom, read from the source: also inside functions and under TYPE_CHECKING."""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.support.paths import ROOT

#: The folder that each top package is in.
SOURCES = {"zigloop": "sim", "zigloop_bridge": "bridge", "benchmarks": ".", "tests": "."}


@dataclass(frozen=True)
class Module:
    """A module of ours and what it imports, each with its full dotted name."""

    name: str
    path: Path
    imports: frozenset[str] = field(repr=False)

    @property
    def file(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()


@cache
def modules(package: str) -> dict[str, Module]:
    """All modules of one of our top packages, by name. A package stands for its `__init__.py`."""
    source = ROOT / SOURCES[package]
    found = {}
    for path in sorted((source / package).rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    assert found, f"no Python in {source / package}"
    return {name: Module(name, path, frozenset(_imports(path, found))) for name, path in found.items()}


def _imports(path: Path, own: Mapping[str, Path]) -> Iterator[str]:
    """`from package import name` is the module `package.name` if there is one, else `package`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                above = [
                    name for name, own_path in own.items() if own_path == path.parents[node.level - 1] / "__init__.py"
                ]
                module = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                below = f"{module}.{alias.name}"
                yield below if below in own else module


def within(name: str, *packages: str) -> bool:
    """Whether the module is one of the packages or in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def circles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan), and modules that import themselves."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in graph:
                continue
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            circle = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(circle) > 1 or name in graph[name]:
                found.append(sorted(circle))

    for name in graph:
        if name not in index:
            visit(name)
    return found

"""What the tests of both generated modules use: golden files, hostile texts, and the shape of a syntax tree."""

from __future__ import annotations

import ast
import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = [
    "'; import os; os.system('true') #",
    '"""); raise SystemExit(',
    "`backticks` and \\ backslashes \\",
    "line\nbreak\r\nand tab\t",
    "{{ 7 * 7 }}{% raw %}{# #}",
    "__import__('os')",
    "naïve café 漢字 \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{NULL}",
    "\ud800 lone surrogate",
    "f'{x}' %s %(x)s $x ${x}",
    "'" * 9 + '"' * 9,
]


def golden(name: str, source: str) -> str:
    """The stored module; after a wanted change of a template run the test with `UPDATE_GOLDEN=1`."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(source, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def constants(source: str) -> list[object]:
    return [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]


def skeleton(source: str) -> str:
    """The tree with every constant blanked: equal for all values of one shape."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)

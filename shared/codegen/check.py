"""Checks a rendered module before anyone runs it: its syntax tree may hold only what its template allows.

Names of users are data. Whatever they contain, they may appear in the tree as string constants and nowhere else:
every identifier must be one of the template's own, and every call one of the building blocks it names.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

NODES = (
    ast.Module, ast.Expr, ast.Constant, ast.ImportFrom, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign,
    ast.Return, ast.Name, ast.Load, ast.Store, ast.Subscript, ast.Attribute, ast.Call, ast.keyword, ast.List, ast.Tuple,
    ast.Dict, ast.UnaryOp, ast.USub,
)  # fmt: skip


class UnsafeCode(ValueError):
    """A rendered module is not what its template promises: a fault of ours, and never run."""


@dataclass(frozen=True)
class Shape:
    """What a template may print: import lines, dotted names it calls, and every identifier that occurs."""

    imports: frozenset[str]
    calls: frozenset[str]
    identifiers: frozenset[str]


def check(source: str, shape: Shape) -> str:
    """Return `source` when it keeps to `shape`; raise UnsafeCode with the first offence otherwise."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise UnsafeCode(f"the rendered module does not parse: {error}") from error
    for node in ast.walk(tree):
        _check_node(node, shape)
    return source


def _check_node(node: ast.AST, shape: Shape) -> None:
    if not isinstance(node, NODES):
        raise UnsafeCode(f"a {type(node).__name__} at line {getattr(node, 'lineno', '?')} is not part of the template")
    if isinstance(node, ast.ImportFrom) and ast.unparse(node) not in shape.imports:
        raise UnsafeCode(f"the import {ast.unparse(node)!r} is not part of the template")
    if isinstance(node, ast.Call) and ast.unparse(node.func) not in shape.calls:
        raise UnsafeCode(f"the call of {ast.unparse(node.func)!r} is not part of the template")
    if isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        raise UnsafeCode(f"the sign at line {node.lineno} is not before a number")
    for name in _identifiers(node):
        if name not in shape.identifiers:
            raise UnsafeCode(f"the name {name!r} at line {getattr(node, 'lineno', '?')} is not part of the template")


def _identifiers(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, (ast.arg, ast.keyword)):
        return [node.arg or "**"]
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    return []

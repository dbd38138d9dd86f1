"""The approximate index: what is left open follows the catalogue, and what does not fit it (domain S4.1, S4.12)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

from shared.problems import Problem

SMALLEST = 16  # products: ScaNN's product quantisation has 16 centres per block
SMALL = 1_000  # products: below it exact search is fast


class Options(Protocol):
    """As they are written in a model config, and in a generated module."""

    @property
    def num_leaves(self) -> int | None: ...

    @property
    def num_leaves_to_search(self) -> int | None: ...

    @property
    def num_reordering_candidates(self) -> int | None: ...

    @property
    def dimensions_per_block(self) -> int: ...


def resolved(options: Options, top_k: int, catalogue: int) -> dict[str, int]:
    """All options as numbers; `catalogue`: number of products."""
    leaves = round(math.sqrt(catalogue)) if options.num_leaves is None else options.num_leaves
    search, reorder = options.num_leaves_to_search, options.num_reordering_candidates
    return {
        "num_leaves": leaves,
        "num_leaves_to_search": max(1, math.ceil(leaves / 10)) if search is None else search,
        "num_reordering_candidates": min(10 * top_k, catalogue) if reorder is None else reorder,
        "dimensions_per_block": options.dimensions_per_block,
    }


def misfits(options: Options, top_k: int, catalogue: int) -> Iterator[Problem]:
    """What cannot be built, or would answer with shorter lists than were asked for; paths are of the model config."""
    numbers = resolved(options, top_k, catalogue)
    leaves, search = numbers["num_leaves"], numbers["num_leaves_to_search"]
    reorder, listed = numbers["num_reordering_candidates"], min(top_k, catalogue)
    if catalogue < SMALLEST:
        problem = f"ScaNN needs at least {SMALLEST} products, and there are {catalogue}."
        yield Problem("E_SCANN", "retrieval_algorithm", problem, "Use `brute_force`.")
    elif leaves > catalogue:
        problem = f"{leaves} leaves are more than the {catalogue} products."
        yield Problem("E_SCANN", "scann.num_leaves", problem, f"Use at most {catalogue}, or leave it out.")
    if search > leaves:
        problem = f"{search} leaves cannot be searched of {leaves}."
        yield Problem("E_SCANN", "scann.num_leaves_to_search", problem, f"Use at most {leaves}.")
    if reorder < listed:
        problem = f"lists of {listed} products cannot be made of {reorder} candidates."
        yield Problem(
            "E_SCANN", "scann.num_reordering_candidates", problem, f"Use at least {listed}, or a lower `top_k`."
        )
    if SMALLEST <= catalogue < SMALL:
        problem = f"exact search is fast for {catalogue} products."
        yield Problem("W_SCANN", "retrieval_algorithm", problem, "Use `brute_force`.", "warning")

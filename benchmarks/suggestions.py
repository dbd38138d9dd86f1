"""How many quick tests it takes to find the best configuration: suggestions against random search.

    .venv/bin/python -m benchmarks.suggestions [--seeds 100] [--table FILE]...

Replays `suggestions_table.json` and `suggestions_demo_table.json` (see `suggestions_record.py`). All begin with one run
drawn at random. Random search goes on with runs drawn from those that are left; suggestions ask
`start_design.next_points`, the very function of the product, with what was found so far, and run that row of the table
which is nearest to the point and was not run yet. Counted are the runs until one is within 1% of the best recall of the
table.

Two comparisons say what that is owed to: the same without the one point of the start design that was learned on Online
Retail (linear towers on a sphere), and the optimizer alone, without a start design. Of the demo purchases the product
knows nothing beforehand.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.insights.suggesting.proposals import Tried, key_of, propose
from shared.insights.suggesting.start_design import SPHERE, next_points
from shared.insights.suggesting.suggestion_space import Point, Space, distance, space_of

TABLE = Path(__file__).parent / "suggestions_table.json"
DEMO_TABLE = TABLE.with_name("suggestions_demo_table.json")
DRAWS = 64  # that are replayed together; of a longer table the next ones are a table of their own
WITHIN = 0.01
FAILED = 0.0  # the recall of a run that diverged

Ask = Callable[[Space, Tried, int, Callable[[Point], bool]], list[Point]]


@dataclass(frozen=True)
class Row:
    point: Point
    recall: float


def rows_of(path: Path = TABLE) -> list[Row]:
    runs = json.loads(path.read_text())["runs"]
    return [Row(run["point"], run["recall_at_10"]["value"] if "recall_at_10" in run else FAILED) for run in runs]


def space_over(rows: Sequence[Row]) -> Space:
    """The product's whole space, over the feature configs of the table."""
    return space_of("retrieval", sorted({str(row.point["feature_config"]) for row in rows}))


def goal_of(rows: Sequence[Row]) -> float:
    return (1 - WITHIN) * max(row.recall for row in rows)


def random_search(rows: Sequence[Row], seed: int) -> int:
    order = list(rows)
    random.Random(seed).shuffle(order)
    goal = goal_of(rows)
    return next(count for count, row in enumerate(order, start=1) if row.recall >= goal)


def product(space: Space, tried: Tried, seed: int, acceptable: Callable[[Point], bool]) -> list[Point]:
    return [each.point for each in next_points(space, tried, seed, 1, acceptable)]


def without_sphere(space: Space, tried: Tried, seed: int, acceptable: Callable[[Point], bool]) -> list[Point]:
    def other(point: Point) -> bool:
        return acceptable(point) and not SPHERE.items() <= point.items()

    return product(space, tried, seed, other)


def optimizer_alone(space: Space, tried: Tried, seed: int, acceptable: Callable[[Point], bool]) -> list[Point]:
    return propose(space, tried, seed, 1, acceptable)


VARIANTS: dict[str, Ask] = {
    "suggestions": product,
    "without the sphere": without_sphere,
    "optimizer alone": optimizer_alone,
}


def followed(rows: Sequence[Row], space: Space, seed: int, ask: Ask = product) -> int:
    """Each point is followed once: the table has another one in its place, and it would be suggested again."""
    generator = random.Random(seed)
    left = list(rows)
    done = [left.pop(generator.randrange(len(left)))]
    goal, seen = goal_of(rows), set()
    while done[-1].recall < goal:
        tried = Tried([(row.point, row.recall) for row in done])
        found = ask(space, tried, 1_000 * seed + len(done), lambda point: key_of(point) not in seen)
        wanted = found[0] if found else generator.choice(left).point
        seen.add(key_of(wanted))
        done.append(left.pop(_nearest(wanted, left, space)))
    return len(done)


def _nearest(wanted: Point, left: Sequence[Row], space: Space) -> int:
    return min(range(len(left)), key=lambda place: distance(wanted, left[place].point, space))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--table", type=Path, action="append", help="again for another one")
    asked = parser.parse_args()
    for table in asked.table or (TABLE, DEMO_TABLE):
        rows = rows_of(table)
        for first in range(0, len(rows), DRAWS):
            print(f"\n{table.name}, draws {first + 1} to {min(first + DRAWS, len(rows))}")
            replay(rows[first : first + DRAWS], range(asked.seeds))


def replay(rows: Sequence[Row], seeds: Sequence[int]) -> None:
    space = space_over(rows)
    good = sum(row.recall >= goal_of(rows) for row in rows)
    print(f"{len(rows)} runs, best recall@10 {max(row.recall for row in rows):.4f}, {good} within {WITHIN:.0%} of it")
    print(f"random search needs {(len(rows) + 1) / (good + 1):.1f} runs by calculation")
    drawn = [random_search(rows, seed) for seed in seeds]
    _tell("random search", drawn, drawn)
    for name, ask in VARIANTS.items():
        began = time.monotonic()
        _tell(name, [followed(rows, space, seed, ask) for seed in seeds], drawn, time.monotonic() - began)


def _tell(name: str, counts: Sequence[int], drawn: Sequence[int], seconds: float = 0.0) -> None:
    mean, ratio = statistics.mean(counts), statistics.mean(counts) / statistics.mean(drawn)
    spread = f"median {statistics.median(counts):4.1f}, {min(counts)} to {max(counts)}"
    print(f"{name:18} mean {mean:5.1f} ({spread}), {ratio:.2f} of random search; {seconds:.0f} s")


if __name__ == "__main__":
    main()

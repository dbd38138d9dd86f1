"""The page knows metrics by the registry's own words (domain S0.3, S0.9): `web/src/model/registry.json` is a copy."""

from __future__ import annotations

import json
from pathlib import Path

from shared.metrics import HEADLINES, METRICS

COPY = Path(__file__).parents[2] / "web/src/model/registry.json"


def registry() -> dict[str, object]:
    fields = ("name", "direction", "unit", "per", "family")
    return {
        "headlines": HEADLINES,
        "metrics": [{field: getattr(kind, field) for field in fields} for kind in METRICS.values()],
    }


def test_the_copy_of_the_page_is_the_registry() -> None:
    wanted = json.dumps(registry(), indent=2) + "\n"
    assert json.loads(COPY.read_text()) == registry(), f"Write this into {COPY}:\n{wanted}"

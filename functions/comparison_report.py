"""What there is to say about experiments beside each other (domain S7.7, S7.8): made of what is stored about them now.

It is computed when somebody writes the comparison, and again when one of its runs has ended or is gone since. The sweep
sees that within a minute for a comparison of the last hour, and hourly for the others; until then the states in the
report say of what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from functions.adapters.ports import Refused
from functions.services import Services
from shared import paths
from shared.documents import SavedComparison
from shared.insights.comparing.compared import Compared
from shared.insights.comparing.comparison import compare
from shared.insights.comparing.customers import read_customers
from shared.orphans import Head
from shared.reports import Content
from shared.runs import TERMINAL, Run, State
from shared.side_by_side import part_name

MOST = 5  # experiments of a comparison
LONGEST_CUSTOMERS = 16_000_000  # bytes of a run's file; five of 100,000 customers take 14 s and 350 MB


def comparison_content(document_id: str, comparison: SavedComparison, services: Services) -> Content:
    runs = [_compared(experiment, services) for experiment in comparison.experiments]
    made = compare(runs, comparison.metric)
    before = services.store.report("comparisons", document_id).document or {}
    return Content([], made.head, {**dict.fromkeys(_parts(before)), **made.parts})


def _parts(report: Mapping[str, Any]) -> list[str]:
    """Those that an earlier report had: its pages may have been more."""
    return [
        part_name(section["name"], page)
        for section in report.get("sections", [])
        for page in range(1, section["pages"] + 1)
    ]


def states_of(raw: Mapping[str, Any], services: Services) -> list[Any]:
    """What of the runs decides what a comparison says: whether each has ended, how, and after which attempt. One read
    of heads for each comparison: hourly the sweep looks at all of them."""
    experiments = raw.get("experiments")
    named = [each for each in experiments if isinstance(each, str)] if isinstance(experiments, list) else []
    known = [each for each in named[:MOST] if paths.EXPERIMENT_ID_PATTERN.match(each)]
    heads = services.store.heads(set(known)) if known else {}
    return [_state(heads.get(each)) for each in known]


def _state(head: Head | None) -> list[Any] | None:
    if head is None:
        return None
    return [head.state.value, head.attempt] if head.state is not None and head.state in TERMINAL else ["live"]


def _compared(experiment: str, services: Services) -> Compared:
    run = services.store.load(experiment).run
    if run is None:
        return Compared(experiment)
    snapshot, evaluation = (services.store.detail(experiment, part) for part in ("snapshot", "evaluation"))
    compared = Compared(experiment, run, snapshot, evaluation)
    return _with_customers(compared, run, services) if run.state is State.COMPLETED else compared


def _with_customers(compared: Compared, run: Run, services: Services) -> Compared:
    """Without the file there is no verdict, but all the rest."""
    try:
        content = services.blobs.read(paths.customers(run.experiment, run.attempt), LONGEST_CUSTOMERS)
        if content is None:
            missing = f"The per-customer file of {compared.label} is not there (any more): a rerun measures it anew"
            return replace(compared, missing=missing)
        return replace(compared, customers=read_customers(content))
    except Refused:
        return replace(compared, missing=f"The per-customer file of {compared.label} is too large or must not be read")
    except ValueError:
        return replace(
            compared, missing=f"The per-customer file of {compared.label} is damaged: a rerun writes it anew"
        )

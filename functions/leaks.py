"""The leakage pre-flight of a submission (domain S1.33): asked before anything is paid."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from functions.checking import Checked
from functions.services import Services
from functions.settling import Settled
from shared.analysis.leakage import leakage
from shared.analysis.leakage_queries import leakage_queries
from shared.problems import Problem
from shared.validation import uses_target


def leakage_problems(checked: Checked, settled: Settled, services: Services) -> list[Problem]:
    """Errors refuse the submission, warnings are stored with the run; paths begin with the document's kind.

    A column in both towers is told once, in the words of the feature config's report.
    """
    configs, rows, predicts = checked.configs, settled.rows, uses_target(checked.configs.model)
    dataset, features = configs.dataset, configs.features
    queries = leakage_queries(
        dataset,
        checked.catalogue,
        features,
        rows.bounds,
        configs.experiment.split_seed,
        rows.reference.rows,
        predicts,
    )
    ask = services.warehouse.rows
    answers = {name: ask(sql, dataset.max_bytes_billed) for name, sql in queries.items()}
    today = day_in(dataset.timezone, services.now())
    return leakage(dataset, checked.catalogue, features, rows.bounds, today, answers, predicts)


def day_in(timezone: str, now: datetime) -> date:
    """The calendar day of the dataset's wall clock (S1.2)."""
    return now.astimezone(ZoneInfo(timezone)).date()

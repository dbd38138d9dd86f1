"""Why a run failed, in words for people (domain S8): evidence, the catalogue of cases, and what our own code says."""

from shared.errors.catalogue import CASES, Case
from shared.errors.classification import classify
from shared.errors.evidence import Evidence, bounded, clean, with_subjects
from shared.errors.own import (
    OWN_TITLES,
    cancelled_outside,
    invalid,
    name_taken,
    over_budget,
    over_time,
    results_invalid,
    stuck,
)
from shared.errors.reading import first_meaningful_line, says_something
from shared.errors.run_error import LONGEST_RAW, RunError

__all__ = [
    "CASES",
    "LONGEST_RAW",
    "OWN_TITLES",
    "Case",
    "Evidence",
    "RunError",
    "bounded",
    "cancelled_outside",
    "classify",
    "clean",
    "first_meaningful_line",
    "invalid",
    "name_taken",
    "over_budget",
    "over_time",
    "results_invalid",
    "says_something",
    "stuck",
    "with_subjects",
]

"""What things cost, as data (domain S5.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from shared.problems import Problem

STALE_AFTER = timedelta(days=180)


@dataclass(frozen=True)
class Prices:
    """`items` by name: machines by their type, each a price for one unit."""

    as_of: date
    currency: str
    region: str
    items: Mapping[str, float]


PRICES = Prices(
    as_of=date(2026, 11, 21),  # the day they were written down; to be checked against the published list
    currency="USD",
    region="europe-west4",
    items=MappingProxyType(
        {
            # an hour of a machine, at the rate for training
            "e2-standard-4": 0.154,
            "e2-standard-8": 0.308,
            "e2-standard-16": 0.617,
            "n1-standard-8": 0.84,  # with one T4
            "g2-standard-8": 0.98,  # with one L4
            "a2-highgpu-1g": 4.23,
            "pipeline_run": 0.03,
            "build_minute": 0.016,  # e2-highcpu-8
            "dataflow_vcpu_hour": 0.056,
            "dataflow_gb_hour": 0.0036,
            "dataflow_disk_gb_hour": 0.00005,
            "warehouse_tib": 6.25,
            "storage_gb_month": 0.02,
        }
    ),
)


def price_warnings(region: str, today: date, prices: Prices = PRICES) -> list[Problem]:
    """What an estimate with these prices may get wrong."""
    warnings = []
    if today - prices.as_of > STALE_AFTER:
        problem = f"the price table is of {prices.as_of.isoformat()}, more than {STALE_AFTER.days} days ago."
        warnings.append(Problem("W_PRICES_OLD", "estimate", problem, "Update shared/prices.py.", "warning"))
    if region != prices.region:
        problem = f"the prices are those of `{prices.region}`, and the run is in `{region}`."
        warnings.append(
            Problem("W_PRICES_REGION", "estimate", problem, "Expect a difference of some percent.", "warning")
        )
    return warnings

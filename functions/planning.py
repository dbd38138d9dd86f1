"""What a request would be run with: everything that is known before anything is paid, and that a submission freezes
(domain S5.2) and a draft shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.checking import Checked
from functions.leaks import leakage_problems
from functions.services import Services
from functions.settling import Settled, estimate_of, required_columns, settle
from shared.estimates import Estimate
from shared.features import candidate_columns, columns_needed
from shared.problems import Problem
from shared.protocol import protocol_keys
from shared.shape import shape_of
from shared.sql import split_queries
from shared.validation import uses_target


@dataclass(frozen=True)
class Plan:
    """A request, what it names, its rows, its machines and its price; the run is refused for errors in `found`."""

    checked: Checked
    settled: Settled
    sql: Mapping[str, str]
    expected: Estimate
    found: Sequence[Problem]  # by the leakage pre-flight and by the estimate

    @property
    def problems(self) -> list[Problem]:
        """All that there is to say."""
        return [*self.checked.warnings, *self.settled.warnings, *self.found]

    @property
    def shape(self) -> dict[str, Any]:
        configs = self.checked.configs
        return shape_of(configs.dataset, configs.features, configs.model, self.settled.parameter_count)

    @property
    def protocol(self) -> dict[str, Any]:
        configs, rows = self.checked.configs, self.settled.rows
        model_type, fingerprints = configs.model.model_type, rows.counts.fingerprints
        keys = protocol_keys(
            model_type, configs.experiment, configs.features, self.checked.outputs, rows.bounds, fingerprints
        )
        return {"keys": keys, "fingerprints": fingerprints}


def plan_of(checked: Checked, services: Services) -> Plan:
    """Ask the warehouse and resolve every number. Nothing is written.

    Raises InvalidDocument with what stands against a run whose rows cannot be settled.
    """
    configs = checked.configs
    settled = settle(checked, configs.features.dataset, services)
    leaks = leakage_problems(checked, settled, services)
    sql = queries(checked, settled)
    warehouse_bytes = sum(services.warehouse.bytes_of(each) for each in sql.values())
    expected, about_cost = estimate_of(configs, settled, warehouse_bytes, services)
    return Plan(checked, settled, sql, expected, [*leaks, *about_cost])


def queries(checked: Checked, settled: Settled) -> dict[str, str]:
    """The SQL of each split, with days as literals and, where tables allow it, as of this moment (S1.28)."""
    configs = checked.configs
    return split_queries(
        configs.dataset,
        checked.catalogue,
        checked.outputs,
        columns_needed(configs.features, uses_target(configs.model)),
        candidate_columns(configs.features),
        settled.rows.bounds,
        settled.rows.sample_percent,
        configs.experiment.split_seed,
        required=required_columns(configs),
        as_of=settled.as_of,
    )

"""What must not happen twice at once is leased for longer than the platform lets a function live."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from functions import config_reports, observe, sweep
from local import functions_host
from shared.lifecycle import LEASES
from shared.lifecycle.decision import Effect

VARIABLES = Path(__file__).parents[2] / "terraform/modules/function/variables.tf"
OUTLIVING = (
    Effect.PREPARE, Effect.START_BUILD, Effect.MIRROR, Effect.DELETE_OBJECTS, Effect.DELETE_DETAILS, Effect.KEEP_LOGS,
)  # fmt: skip
CLOCKS_DIFFER_S = 30


def lifetime_s() -> int:
    """As Terraform deploys it, when nobody says less."""
    text = VARIABLES.read_text()
    [default] = re.findall(r"timeout_s += optional\(number, (\d+)\)", text)
    [longest] = re.findall(r"resources\.timeout_s <= (\d+)", text)
    assert int(default) <= int(longest)
    return int(longest)


def test_a_lease_ends_after_its_holder():
    over = timedelta(seconds=lifetime_s() + CLOCKS_DIFFER_S)
    assert {effect: LEASES[effect] for effect in OUTLIVING if LEASES[effect] < over} == {}
    assert over <= config_reports.LEASE


def test_a_look_is_believed_for_longer_than_a_handler_lives():
    assert timedelta(seconds=lifetime_s() + 2 * CLOCKS_DIFFER_S) <= observe.SKEW


def test_a_sweep_begins_nothing_that_it_cannot_end():
    assert lifetime_s() >= 2 * sweep.BUDGET_OF_SWEEP_S


def test_one_machine_cuts_no_function_off_sooner():
    assert lifetime_s() < functions_host.TIMEOUT_S

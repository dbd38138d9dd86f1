"""Alerts watch what the deployment really has: its counters, subscriptions, sink, MLflow and page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.plan import Plan

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "terraform/modules/monitoring"
ALERTS = yaml.safe_load((MODULE / "alerts.yaml").read_text())
KINDS = ("condition_absent", "condition_threshold")


def conditions(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for condition in policy["conditions"] for kind in KINDS for each in condition[kind]]


def policies(plan: Plan) -> dict[str, dict[str, Any]]:
    """By the name of their page."""
    return {policy["user_labels"]["runbook"]: policy for policy in plan.of("google_monitoring_alert_policy")}


def charts(plan: Plan) -> list[dict[str, Any]]:
    [dashboard] = plan.of("google_monitoring_dashboard")
    tiles = json.loads(dashboard["dashboard_json"])["mosaicLayout"]["tiles"]
    return [each["timeSeriesQuery"] for tile in tiles for each in tile["widget"]["xyChart"]["dataSets"]]


def filters(plan: Plan) -> list[str]:
    """Of conditions, their denominators, and charts."""
    found = [each for policy in policies(plan).values() for each in conditions(policy)]
    shares = [each["denominator_filter"] for each in found if each.get("denominator_filter")]
    return [
        *(each["filter"] for each in found),
        *shares,
        *(each["timeSeriesFilter"]["filter"] for each in charts(plan)),
    ]


def named(plan: Plan, alert: str, label: str) -> set[str]:
    """What an alert's filters compare a label with."""
    texts = " ".join(each["filter"] for each in conditions(policies(plan)[alert]))
    compared = re.findall(rf'{re.escape(label)}=(?:one_of\(([^)]*)\)|("[^"]*"))', texts)
    return {name.strip('"') for some in compared for name in "".join(some).split(",")}


def test_there_is_each_alert_that_the_deployment_can_need(plan: Plan) -> None:
    without = set() if plan.of("google_cloud_run_v2_service") else {"mlflow-down"}
    assert set(policies(plan)) == ALERTS.keys() - without
    for policy in policies(plan).values():
        assert policy["combiner"] in ("OR", "AND") and conditions(policy)


def test_no_mark_stays_in_a_filter(plan: Plan) -> None:
    assert not [each for each in filters(plan) if "<" in each]


def test_every_metric_of_a_counter_that_is_read_is_made(plan: Plan) -> None:
    metrics = {metric["name"] for metric in plan.of("google_logging_metric")}
    assert {
        name for each in filters(plan) for name in re.findall(r"logging\.googleapis\.com/user/(\w+)", each)
    } <= metrics
    for metric in plan.of("google_logging_metric"):
        [descriptor] = metric["metric_descriptor"]
        assert {label["key"] for label in descriptor["labels"]} == set(metric["label_extractors"] or ())


def test_every_subscription_that_invokes_a_function_is_watched(plan: Plan) -> None:
    pushed = {subscription["name"] for subscription, _ in plan.pushes()}
    transported = {
        trigger["transport"][0]["pubsub"][0]["subscription"].rpartition("/")[2] for trigger, *_ in plan.triggers()
    }
    assert named(plan, "undelivered-events", "resource.labels.subscription_id") == pushed | transported


def test_what_alerts_name_exists(plan: Plan) -> None:
    [kept] = named(plan, "dead-letters", "resource.labels.subscription_id")
    assert plan.one("google_pubsub_subscription", name=kept)["push_config"] == []
    [sink] = named(plan, "sink-errors", "resource.labels.name")
    assert plan.one("google_logging_project_sink", name=sink)
    [check] = plan.of("google_monitoring_uptime_check_config")
    [host] = named(plan, "page-down", "resource.labels.host")
    assert check["monitored_resource"][0]["labels"]["host"] == host
    assert host == f"{plan.of('google_firebase_hosting_site')[0]['site_id']}.web.app"
    if "mlflow-down" in policies(plan):
        [service] = named(plan, "mlflow-down", "resource.labels.service_name")
        assert plan.one("google_cloud_run_v2_service", name=service)


def test_each_alert_leads_to_its_page(plan: Plan) -> None:
    for name, policy in policies(plan).items():
        [documentation] = policy["documentation"]
        [link] = documentation["links"]
        assert link["url"].startswith("https://") and link["url"].endswith(f"docs/runbook/{name}.md")
        assert documentation["content"].startswith(ALERTS[name]["says"]) and link["url"] in documentation["content"]


@pytest.mark.parametrize("basis", ["CURRENT_SPEND", "FORECASTED_SPEND"])
def test_a_budget_tells_before_it_is_spent(plan: Plan, basis: str) -> None:
    for budget in plan.of("google_billing_budget"):
        told = [rule["threshold_percent"] for rule in budget["threshold_rules"] if rule["spend_basis"] == basis]
        assert told == ([0.5, 0.8, 1] if basis == "CURRENT_SPEND" else [1])

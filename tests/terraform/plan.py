"""A plan, to ask what it would make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.planning import resources

_HOMES = {  # where a right is: type of the grant, without google_ and _iam_member -> what names the resource
    "artifact_registry_repository": "repository",
    "bigquery_dataset": "dataset_id",
    "cloud_run_v2_service": "name",
    "project": "project",
    "pubsub_subscription": "subscription",
    "pubsub_topic": "topic",
    "secret_manager_secret": "secret_id",
    "service_account": "service_account_id",
    "storage_bucket": "bucket",
}
LATER = "known after apply"


@dataclass(frozen=True)
class Right:
    kind: str  # of the resource: project, storage_bucket …
    home: str  # its name
    role: str
    member: str
    condition: str  # empty: none

    @property
    def account(self) -> str:
        """`pipelines` of serviceAccount:pipelines@p.iam.gserviceaccount.com; others as they are."""
        kind, _, email = self.member.partition(":")
        name, _, domain = email.partition("@")
        return name if kind == "serviceAccount" and domain.endswith(".iam.gserviceaccount.com") else self.member


class Plan:
    def __init__(self, told: Mapping[str, Any]) -> None:
        self.root = told["planned_values"]["root_module"]
        self.outputs = told["planned_values"].get("outputs", {})

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What is known of the attributes of all resources of a type."""
        return [{**each["values"], "address": each["address"]} for each in self._all() if each["type"] == kind]

    def one(self, kind: str, **known: Any) -> dict[str, Any]:
        [found] = [each for each in self.of(kind) if all(each.get(name) == value for name, value in known.items())]
        return found

    def types(self) -> set[str]:
        return {each["type"] for each in self._all()}

    def rights(self) -> list[Right]:
        found = []
        for each in self._all():
            kind = each["type"].removeprefix("google_").removesuffix("_iam_member")
            if each["type"].endswith("_iam_member"):
                values = each["values"]
                condition = " ".join(block.get("expression", LATER) for block in values.get("condition") or ())
                found.append(Right(kind, values[_HOMES[kind]], values["role"], values.get("member", LATER), condition))
        return found

    def functions(self) -> dict[str, dict[str, Any]]:
        """By their entry point."""
        functions = self.of("google_cloudfunctions2_function")
        return {function["build_config"][0]["entry_point"]: function for function in functions}

    def entry_point(self, name: str) -> str:
        """Of the function with this name."""
        [found] = [entry for entry, function in self.functions().items() if function["name"] == name]
        return found

    def triggers(self) -> Iterator[tuple[dict[str, Any], dict[str, str], str]]:
        """Each Eventarc trigger, what it matches, and the entry point that it invokes."""
        for trigger in self.of("google_eventarc_trigger"):
            matches = {each["attribute"]: each["value"] for each in trigger["matching_criteria"]}
            yield trigger, matches, self.entry_point(trigger["destination"][0]["cloud_run_service"][0]["service"])

    def pushes(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each subscription that pushes, and the entry point that it invokes."""
        for subscription in self.of("google_pubsub_subscription"):
            for push in subscription["push_config"]:
                [entry] = [
                    entry
                    for entry, function in self.functions().items()
                    if function["service_config"][0]["uri"] == push["push_endpoint"]
                ]
                yield subscription, entry

    def _all(self) -> Iterator[dict[str, Any]]:
        return (each for each in resources(self.root) if each["mode"] == "managed")

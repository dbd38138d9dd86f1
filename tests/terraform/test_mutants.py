"""The tests of this folder can fail: each of these mistakes in the HCL is found by the test that is there for it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from tests.terraform import test_functions, test_rights, test_settings, test_storage
from tests.terraform.plan import Plan
from tests.terraform.planning import Copy

PRODUCTION = "environments/prod"
Test = Callable[[Plan], None]


class Mutant(NamedTuple):
    file: str  # under terraform/modules
    old: str
    new: str
    test: Test


def _named(test: Callable[[Any, Plan], None]) -> Test:
    """A test that asks of which environment a plan is."""
    request = SimpleNamespace(node=SimpleNamespace(callspec=SimpleNamespace(params={"plan": PRODUCTION})))
    return lambda plan: test(request, plan)


MUTANTS = {
    "entry points that are not there": Mutant(
        "deployment/functions.tf", 'replace(each.key, "-", "_")', "each.key",
        test_functions.test_every_function_is_there_and_no_other,
    ),
    "an update is no creation": Mutant(
        "deployment/functions.tf", '.updated"', '.written"',
        test_functions.test_documents_invoke_what_they_invoke_on_one_machine,
    ),
    "a path that is no pattern": Mutant(
        "function/triggers.tf", "match-path-pattern", "",
        test_functions.test_documents_invoke_what_they_invoke_on_one_machine,
    ),
    "the wrong topic": Mutant(
        "deployment/functions.tf", "topics.cloud_builds", "topics.pipeline_events",
        test_functions.test_topics_invoke_what_they_invoke_on_one_machine,
    ),
    "a sweep each five minutes": Mutant(
        "deployment/functions.tf", '"* * * * *"', '"*/5 * * * *"', test_functions.test_the_sweep_is_called_each_minute
    ),
    "pushes without retries": Mutant(
        "function/deliveries.tf", 'minimum_backoff = "${var.delivery.shortest_wait_s}s"', 'minimum_backoff = "0s"',
        test_functions.test_what_a_topic_delivers_in_vain_is_tried_again_and_ends_as_a_dead_letter,
    ),
    "triggers without dead letters": Mutant(
        "function/deliveries.tf", "    dead-letter-topic     = var.dead_letter_topic\n", "",
        test_functions.test_what_eventarc_delivers_in_vain_is_tried_again_and_ends_as_a_dead_letter,
    ),
    "nobody may take what was delivered in vain": Mutant(
        "function/deliveries.tf", '"roles/pubsub.subscriber"', '"roles/pubsub.viewer"',
        test_functions.test_pubsub_may_move_what_was_delivered_in_vain,
    ),
    "dead letters are gone after a day": Mutant(
        "dead_letters/main.tf", "604800s", "86400s", test_functions.test_dead_letters_are_kept_when_their_function_fails
    ),
    "a setting that nobody reads": Mutant(
        "deployment/runtime.tf", "QUICKTEST_MAX_RUNNING ", "QUICKTEST_MAX_RUN ",
        test_settings.test_functions_are_told_what_they_need_and_nothing_that_nobody_reads,
    ),
    "a setting that nobody tells": Mutant(
        "deployment/runtime.tf", "QUICKTEST_BUILD_SERVICE_ACCOUNT ", "QUICKTEST_PIPELINE_SERVICE_ACCOUNT ",
        _named(test_settings.test_every_setting_that_is_read_is_told_or_known_to_be_absent),
    ),
    "Dataflow as another account": Mutant(
        "deployment/runtime.tf", "email=${module.pipelines.pipelines_identity}",
        "email=${module.pipelines.builds_identity}",
        test_settings.test_beam_is_told_where_it_works_and_as_whom,
    ),
    "a sink without the tasks": Mutant(
        "pipelines/events.tf", "pipeline_job_task_events", "pipeline_job_tasks",
        test_settings.test_the_sink_takes_the_events_of_our_pipelines_and_no_others,
    ),
    "a sink of everybody's pipelines": Mutant(
        "pipelines/events.tf", '"^exp-"', '""',
        test_settings.test_the_sink_takes_the_events_of_our_pipelines_and_no_others,
    ),
    "pipelines that write documents": Mutant(
        "pipelines/iam.tf", '"roles/bigquery.user"', '"roles/datastore.user"',
        test_rights.test_what_runs_in_a_pipeline_cannot_touch_documents,
    ),
    "pipelines that write what others execute": Mutant(
        "pipelines/iam.tf", '"experiments/", "baselines/"]', '"experiments/", "baselines/", "modules/"]',
        test_rights.test_a_run_writes_its_own_folders_only,
    ),
    "reports that start builds": Mutant(
        "deployment/functions.tf", '["documents", "objects", "warehouse"]',
        '["documents", "objects", "warehouse", "builds"]',
        test_rights.test_a_function_has_the_rights_of_its_ports_and_no_other,
    ),
    "a right that is in no table": Mutant(
        "events/main.tf", "roles/eventarc.eventReceiver", "roles/eventarc.admin",
        test_rights.test_rights_to_a_whole_project_are_those_of_the_tables,
    ),
    "a function that anybody calls": Mutant(
        "function/deliveries.tf", 'member   = "serviceAccount:${var.events_identity}"', 'member   = "allUsers"',
        test_rights.test_nothing_is_anybodys,
    ),
    "results that go": Mutant(
        "storage/retention.tf", 'suffixes = [".jsonl"]', 'suffixes = [".jsonl", ".json"]',
        lambda plan: [test_storage.test_what_a_run_is_shown_by_stays(plan, name) for name in test_storage.STAYS],
    ),
    "examples that stay": Mutant(
        "storage/retention.tf", '[".gz"]', '[".tar"]',
        lambda plan: test_storage.test_what_is_large_or_can_be_made_anew_goes(plan, next(iter(test_storage.GOES))),
    ),
    "indexes without an order": Mutant(
        "firestore/indexes.tf", "order        = try(fields.value.order, null)", 'order        = "DESCENDING"',
        test_storage.test_composite_indexes_are_those_of_the_tests,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, providers: dict[str, str]) -> Copy:
    return Copy(tmp_path_factory.mktemp("mutants"), providers)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mistake_is_found(copy: Copy, release: dict[str, Any], mutant: Mutant) -> None:
    path = copy.folder / "terraform/modules" / mutant.file
    text = path.read_text()
    assert mutant.old in text, "the HCL has changed: change this mutant with it"
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        plan = Plan(copy.planned(PRODUCTION, release))
    finally:
        path.write_text(text)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        mutant.test(plan)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_without_the_mistake_nothing_is_found(planned: Callable[[str], Plan], mutant: Mutant) -> None:
    mutant.test(planned(PRODUCTION))

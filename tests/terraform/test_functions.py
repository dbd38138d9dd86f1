"""Functions and what invokes them: on Google Cloud as local/gateway/wiring.py says of one machine."""

from __future__ import annotations

from functions import main
from local.gateway import wiring
from tests.terraform.plan import Plan

ATTEMPTS = 20
LONGEST_WAIT, SHORTEST_WAIT = "600s", "10s"
A_WEEK = "604800s"
FLAGS = {  # of `gcloud pubsub subscriptions update`, by which the transports of Eventarc are set
    "ack-deadline", "dead-letter-topic", "expiration-period", "max-delivery-attempts", "max-retry-delay",
    "min-retry-delay",
}  # fmt: skip


def test_every_function_is_there_and_no_other(plan: Plan) -> None:
    functions = plan.functions()
    assert set(functions) == set(wiring.FUNCTIONS)
    for entry_point, function in functions.items():
        assert callable(getattr(main, entry_point))
        assert function["name"] == entry_point.replace("_", "-")
        assert function["build_config"][0]["runtime"] == "python311"
        assert not function.get("event_trigger"), "how events are delivered is said beside the function"
        assert function["service_config"][0]["ingress_settings"] == "ALLOW_INTERNAL_ONLY"


def test_the_archive_that_functions_are_made_of_is_named_by_its_content(plan: Plan) -> None:
    [archive] = plan.of("google_storage_bucket_object")
    for function in plan.functions().values():
        source = function["build_config"][0]["source"][0]["storage_source"][0]
        assert (source["bucket"], source["object"]) == (archive["bucket"], archive["name"])
    assert archive["bucket"].endswith("-quicktest-source")


def test_documents_invoke_what_they_invoke_on_one_machine(plan: Plan) -> None:
    found = {
        wiring.DocumentTrigger(trigger["name"], matches["type"], matches["document"], function)
        for trigger, matches, function in plan.triggers()
        if "document" in matches
    }
    assert found == set(wiring.DOCUMENT_TRIGGERS)
    [database] = plan.of("google_firestore_database")
    for trigger, matches, _ in plan.triggers():
        if "document" in matches:
            assert trigger["location"] == database["location_id"], "elsewhere Eventarc finds no such database"
        operators = {each["attribute"]: each["operator"] for each in trigger["matching_criteria"]}
        assert operators.get("document", "match-path-pattern") == "match-path-pattern"
        assert matches.get("database", "(default)") == "(default)"


def test_objects_invoke_what_they_invoke_on_one_machine(plan: Plan) -> None:
    found = {
        (matches["type"], function): (trigger["location"], matches["bucket"])
        for trigger, matches, function in plan.triggers()
        if "bucket" in matches
    }
    assert set(found) == set(wiring.EVENT_FUNCTIONS.items())
    for (_, function), place in found.items():
        bucket = plan.one("google_storage_bucket", name=_told(plan, function)["QUICKTEST_BUCKET"])
        assert place == (bucket["location"], bucket["name"]), "events of a bucket are delivered in its own region"


def test_topics_invoke_what_they_invoke_on_one_machine(plan: Plan) -> None:
    found = {(_last(push["topic"]), function) for push, function in plan.pushes()}
    wanted = (*wiring.PUSH_SUBSCRIPTIONS, wiring.DEAD_LETTERS)
    assert found == {(each.topic, each.function) for each in wanted}
    topics = {topic["id"] for topic in plan.of("google_pubsub_topic")}
    for push, _ in plan.pushes():
        assert push["topic"] in topics
        [config] = push["push_config"]
        assert config["oidc_token"][0]["audience"] == config["push_endpoint"]


def test_the_sweep_is_called_each_minute(plan: Plan) -> None:
    [job] = plan.of("google_cloud_scheduler_job")
    assert job["schedule"] == "* * * * *"
    [target] = job["http_target"]
    sweep = plan.functions()[wiring.SCHEDULED_FUNCTION]
    assert target["uri"] == sweep["service_config"][0]["uri"] == target["oidc_token"][0]["audience"]
    assert target["http_method"] == "POST"
    assert not job.get("paused")


def test_only_who_delivers_to_a_function_may_call_it(plan: Plan) -> None:
    callers: dict[str, set[str]] = {function["name"]: set() for function in plan.functions().values()}
    for right in plan.rights():
        if right.kind == "cloud_run_v2_service" and right.home in callers:
            assert right.role == "roles/run.invoker"
            callers[right.home].add(right.account)
    [job] = plan.of("google_cloud_scheduler_job")
    scheduler = _name(job["http_target"][0]["oidc_token"][0]["service_account_email"])
    for entry_point, function in plan.functions().items():
        deliverers = {_name(trigger["service_account"]) for trigger, _, to in plan.triggers() if to == entry_point}
        deliverers |= {
            _name(push["push_config"][0]["oidc_token"][0]["service_account_email"])
            for push, to in plan.pushes()
            if to == entry_point
        }
        if entry_point == wiring.SCHEDULED_FUNCTION:
            deliverers = {scheduler}
        assert callers[function["name"]] == deliverers, entry_point
    assert not [right for right in plan.rights() if right.role == "roles/run.invoker" and right.kind == "project"]


# ---------------------------------------------------------------------------------------------- retries, dead letters


def test_what_a_topic_delivers_in_vain_is_tried_again_and_ends_as_a_dead_letter(plan: Plan) -> None:
    letters = _letters(plan)
    for push, function in plan.pushes():
        [retry] = push["retry_policy"]
        assert (retry["minimum_backoff"], retry["maximum_backoff"]) == (SHORTEST_WAIT, LONGEST_WAIT)
        assert push["ack_deadline_seconds"] >= _service(plan, function)["timeout_seconds"]
        assert push["message_retention_duration"] == A_WEEK
        assert [policy["ttl"] for policy in push["expiration_policy"]] == [""], "it would go after a quiet month"
        policies = [(each["dead_letter_topic"], each["max_delivery_attempts"]) for each in push["dead_letter_policy"]]
        if function == wiring.DEAD_LETTERS.function:
            assert policies == [], "its letters would go round for ever"
        else:
            assert policies == [(letters, ATTEMPTS)]


def test_what_eventarc_delivers_in_vain_is_tried_again_and_ends_as_a_dead_letter(plan: Plan) -> None:
    set_up = {
        each["triggers_replace"]["subscription"]: each["triggers_replace"]
        for each in plan.of("terraform_data")
        if "subscription" in (each.get("triggers_replace") or ())
    }
    transports = {_transport(trigger): function for trigger, _, function in plan.triggers()}
    assert set(set_up) == set(transports)
    for subscription, function in transports.items():
        told = set_up[subscription]
        assert set(told) - {"subscription", "trigger"} == FLAGS
        assert told["dead-letter-topic"] == _letters(plan)
        assert told["max-delivery-attempts"] == ATTEMPTS
        assert (told["min-retry-delay"], told["max-retry-delay"]) == (SHORTEST_WAIT, LONGEST_WAIT)
        assert told["ack-deadline"] >= _service(plan, function)["timeout_seconds"]
        assert told["expiration-period"] == "never"


def test_pubsub_may_move_what_was_delivered_in_vain(plan: Plan) -> None:
    """Without both rights it goes on delivering, and says nothing."""
    agents = [right for right in plan.rights() if "@gcp-sa-pubsub." in right.member]
    takes = {right.home for right in agents if right.role == "roles/pubsub.subscriber"}
    pushes = {push["id"] for push, function in plan.pushes() if function != wiring.DEAD_LETTERS.function}
    assert takes == pushes | {_transport(trigger) for trigger, _, _ in plan.triggers()}
    publishes = [
        right.home for right in agents if (right.kind, right.role) == ("pubsub_topic", "roles/pubsub.publisher")
    ]
    assert publishes == [wiring.DEAD_LETTERS.topic]


def test_dead_letters_are_kept_when_their_function_fails(plan: Plan) -> None:
    kept = [
        each
        for each in plan.of("google_pubsub_subscription")
        if each["topic"] == _letters(plan) and not each["push_config"]
    ]
    [subscription] = kept
    assert subscription["message_retention_duration"] == A_WEEK
    assert [policy["ttl"] for policy in subscription["expiration_policy"]] == [""]


def _letters(plan: Plan) -> str:
    return plan.one("google_pubsub_topic", name=wiring.DEAD_LETTERS.topic)["id"]


def _service(plan: Plan, entry_point: str) -> dict:
    return plan.functions()[entry_point]["service_config"][0]


def _told(plan: Plan, entry_point: str) -> dict[str, str]:
    return _service(plan, entry_point)["environment_variables"]


def _transport(trigger: dict) -> str:
    return trigger["transport"][0]["pubsub"][0]["subscription"]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _name(email: str) -> str:
    return email.partition("@")[0]

"""The gate again, for what scripts write with server rights: they pass by firestore.rules, not by the functions.

The mutations are those that tests/rules asks of the emulator; here they need none.
"""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

import pytest

from shared.documents import LONGEST_DOCUMENT, MODEL_BY_COLLECTION
from shared.parsing import parse
from shared.problems import InvalidDocument, Problem, errors
from shared.runs import State
from shared.validation.experiment import origin_problems
from tests.fakes.world import EXPERIMENT, World
from tests.rules import fields, subjects
from tests.rules.asking import Case
from tests.unit.samples import DOCUMENTS

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)

# What the rules refuse and the functions do not, by the name of the case: it is about the writer and not the document.
OF_THE_WRITER = {
    "owner-of-somebody-else": "a script has no identity of its own: it names the owner",
    "created-in-the-past": "a script's clock writes the times, and a restored backup keeps them",
    "updated-in-the-past": "as above",
    "schema-missing": "a document without a version is of the first",
    "again": "server rights include the right to write a document again",
    "delete": "whose experiment may be deleted is asked of people alone",
    "own-without-the-role": "roles are people's",
    "rebuild": "as above",
    "fetch": "as above",
    "fetch-of-nothing": "as above",
    "fetch-of-somebody-else": "a script has no identity of its own",
    "refresh_report": "as above",
    "delete_config": "as above",
    "of-nothing": "a command about no experiment is about nothing that could be looked after",
    "id-used-before": "whether an id was used is no matter of the document: preparing refuses it (E_ID)",
    "no-experiments-id": "a script can write a request under such an id; its run fails, and can be deleted",
}
REFUSED = [case for case in (*subjects.CASES, *fields.CASES) if case.operation == "create" and not case.allowed]


def told(case: Case) -> list[Problem]:
    """What a function says of the document, had the server set the times that the client asked for."""
    collection, _, document_id = case.path.partition("/")
    document = {**{time: NOW for time in case.times}, **case.fields}
    try:
        parsed = parse(collection, document_id.replace("%20", " "), document)
    except InvalidDocument as error:
        return error.problems
    return list(origin_problems(parsed)) if collection == "experiments" else []


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_the_rules_refuse_of_people_the_functions_refuse_of_scripts(case: Case) -> None:
    assert bool(errors(told(case))) is not (case.name in OF_THE_WRITER)


def test_every_exception_is_one() -> None:
    assert {case.name for case in REFUSED} >= set(OF_THE_WRITER)


# ------------------------------------------------------------------------------------------------------------- size


@pytest.mark.parametrize("collection", list(MODEL_BY_COLLECTION))
def test_a_document_of_more_than_100_kb_is_refused_with_the_field_that_fills_it(collection: str) -> None:
    document_id, document = DOCUMENTS[collection][0]
    with pytest.raises(InvalidDocument) as refused:
        parse(collection, document_id, {**document, "description": "ü" * (LONGEST_DOCUMENT // 2)})
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("E_SIZE", "document")
    assert "more than 100,000 bytes, most of them in `description`" in problem.problem
    assert problem.remedy.startswith("Shorten `description`")


def test_what_is_large_and_not_too_large_is_read_on() -> None:
    """990 values of 90 letters: 90,090 bytes of texts, and little beside them."""
    document_id, document = DOCUMENTS["datasets"][0]
    document = copy.deepcopy(document)
    values = [f"{number:090}" for number in range(990)]
    document["filters"]["rows"][0]["values"] = values
    assert parse("datasets", document_id, document).filters.rows[0].values == values
    document["filters"]["rows"][0]["values"] = [value + "x" * 10 for value in values]
    with pytest.raises(InvalidDocument, match="most of them in `filters`"):
        parse("datasets", document_id, document)


def test_a_few_lines_that_stand_for_billions_of_values_are_not_unfolded() -> None:
    bomb: list[Any] = ["lol"] * 10
    for _ in range(30):
        bomb = [bomb] * 10
    endless: dict[str, Any] = {}
    endless["again"] = endless
    for value in (bomb, endless):
        with pytest.raises(InvalidDocument, match="most of them in `notes`"):
            parse("experiments", EXPERIMENT, {**DOCUMENTS["experiments"][0][1], "notes": value})


# ------------------------------------------------------------------------------------------------------ immutability


@pytest.mark.parametrize("state", ["compiling", "running"])
def test_a_request_that_a_script_changes_after_it_was_prepared_changes_nothing(state: str) -> None:
    """S5.1: the snapshot is what a run is of; the rules keep people from even trying."""
    untouched, world = World(), World()
    for each in (untouched, world):
        each.bring_to(state)
    request = world.store.documents[f"experiments/{EXPERIMENT}"]
    changed = {**request, "epochs": 400, "model_config": "other", "max_cost_usd": 999.0, "region": "us-central1"}
    world.store.put(f"experiments/{EXPERIMENT}", changed)
    for each in (untouched, world):
        each.bring_to("completed")
    run, before = world.run(), untouched.run()
    assert run.state is State.COMPLETED
    for shown in ("names", "limits", "estimate", "progress", "hardware"):
        assert getattr(run, shown) == getattr(before, shown)
    assert world.pipelines.submitted == untouched.pipelines.submitted
    assert world.detail("snapshot") == untouched.detail("snapshot")

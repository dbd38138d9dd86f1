"""Who may do what. A right that is not in these tables changes what an intruder could do: add it with its reason."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

from functions import main
from local.gateway import wiring
from shared import paths
from tests.terraform.conftest import Planned
from tests.terraform.plan import Plan, Right
from tests.terraform.provider.serving import PROJECT_NUMBER as NUMBER

ROOT = Path(__file__).parents[2]
CAPABILITIES = {  # the ports of functions/services.py
    "builds": {
        ("project", "roles/cloudbuild.builds.editor"),
        ("service_account/builds", "roles/iam.serviceAccountUser"),
    },
    "documents": {("project", "roles/datastore.user")},
    "logs": {("project", "roles/logging.viewer")},
    "mlflow": {("cloud_run_v2_service/mlflow", "roles/run.invoker")},
    "objects": {("storage_bucket", "roles/storage.objectAdmin")},
    "pipelines": {("project", "quicktestPipelineJobs"), ("service_account/pipelines", "roles/iam.serviceAccountUser")},
    "warehouse": {("project", "roles/bigquery.jobUser"), ("tables", "roles/bigquery.dataViewer")},
}
WRITES_LOGS = ("project", "roles/logging.logWriter")
WRITERS, LOOKERS = {"documents", "objects", "warehouse"}, {"documents"}  # of reports, of labels
OF_THE_PROJECT = {  # of accounts that are no functions; each with the reason why nothing smaller will do
    "builds": {"roles/logging.logWriter": "a build with an account of its own writes its log itself"},
    "events": {"roles/eventarc.eventReceiver": "Eventarc asks for it of whom it delivers as; no resource has it"},
    "functions-builder": {
        "roles/logging.logWriter": "logs of these builds",
        "roles/storage.objectViewer": "archives that Cloud Functions has copied; within its own buckets",
    },
    "mlflow": {
        "roles/cloudsql.client": "connections to the database; no instance has it",
        "roles/logging.logWriter": "its log",
    },
    "pipelines": {
        "roles/aiplatform.user": "artifacts and executions are reported as it; Google names no smaller role",
        "roles/bigquery.dataViewer": "when no datasets are named",
        "roles/bigquery.user": "Beam makes a temporary dataset for a query's result, and removes it",
        "roles/dataflow.developer": "ExampleGen, Statistics and Transform start Dataflow jobs and wait for them",
        "roles/dataflow.worker": "is the workers' account",
        "roles/logging.logWriter": "logs of components",
    },
    "image-builder": {"roles/logging.logWriter": "logs of the builds of images"},
}
AGENTS = {  # Google's own accounts, by their domains: the role of their service alone
    "dataflow-service-producer-prod": "roles/dataflow.serviceAgent",
    "gcf-admin-robot": "roles/cloudfunctions.serviceAgent",
    "gcp-sa-aiplatform": "roles/aiplatform.serviceAgent",
    "gcp-sa-cloudbuild": "roles/cloudbuild.serviceAgent",
    "gcp-sa-cloudscheduler": "roles/cloudscheduler.serviceAgent",
    "gcp-sa-eventarc": "roles/eventarc.serviceAgent",
    "gcp-sa-pubsub": "roles/pubsub.serviceAgent",
    "serverless-robot-prod": "roles/run.serviceAgent",
    "gs-project-accounts": "roles/pubsub.publisher",  # Cloud Storage's: events of objects
}
SCENARIOS = ["config_reports", "drafts", "comparison_report", "labels"]


def test_every_function_has_an_account_of_its_own(plan: Plan) -> None:
    accounts = {each["email"] for each in plan.of("google_service_account")}
    used = [each["service_config"][0]["service_account_email"] for each in plan.functions().values()]
    assert len(set(used)) == len(wiring.FUNCTIONS)
    assert set(used) <= accounts
    for each in plan.functions().values():
        assert each["build_config"][0]["service_account"].rpartition("/")[2] in accounts, "not the default one"


def test_a_function_has_the_rights_of_its_ports_and_no_other(plan: Plan) -> None:
    has_mlflow = bool(plan.of("google_cloud_run_v2_service"))
    for entry_point in plan.functions():
        wanted = {WRITES_LOGS}.union(*(CAPABILITIES[each] for each in _wanted(entry_point, has_mlflow)))
        assert _held(plan, _account(plan, entry_point)) == wanted, entry_point


def test_what_a_handler_looks_after_says_what_its_function_needs() -> None:
    reconcilers = {name for name in wiring.FUNCTIONS if _reaches(name, {"_look_after", "sweep_all"})}
    assert reconcilers == {name for name in wiring.FUNCTIONS if _wanted(name, True) == set(CAPABILITIES)}


def test_handlers_of_few_rights_manage_with_these_and_use_each(planned: Planned, tmp_path: Path) -> None:
    """Over the scenarios of their own tests, where any other port refuses."""
    plan, used = planned("environments/prod"), tmp_path / "used.json"
    granted = {
        function: [name for name, rights in CAPABILITIES.items() if rights <= _held(plan, _account(plan, function))]
        for function in ("on_config_written", "on_experiment_updated")
    }
    environment = {**os.environ, "QUICKTEST_GRANTED": json.dumps(granted), "QUICKTEST_USED": str(used)}
    suites = [f"tests/unit/test_{name}.py" for name in SCENARIOS]
    # Where a handler dies does not change what it needs.
    options = ["-q", "-p", "tests.terraform.refusing", "-p", "no:cacheprovider", "-k", "not dies_anywhere"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *suites], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3_000:]
    assert json.loads(used.read_text()) == {function: sorted(names) for function, names in granted.items()}


def test_rights_to_a_whole_project_are_those_of_the_tables(plan: Plan) -> None:
    functions = {_account(plan, entry_point) for entry_point in plan.functions()}
    for right in plan.rights():
        if right.kind != "project" or right.account in functions:
            continue
        agent = right.member.partition(f"service-{NUMBER}@")[2].removesuffix(".iam.gserviceaccount.com") or right.member
        allowed = {AGENTS[agent]} if agent in AGENTS else set(OF_THE_PROJECT.get(right.account, ()))
        assert right.role in allowed, right


def test_what_stands_in_a_table_for_a_part_of_the_project_has_a_condition(plan: Plan) -> None:
    builder = {right.role: right for right in plan.rights() if right.account == "functions-builder" and right.condition}
    assert set(builder) == {"roles/storage.objectViewer"}
    assert f"gcf-v2-sources-{NUMBER}-" in builder["roles/storage.objectViewer"].condition


def test_nothing_is_anybodys(plan: Plan) -> None:
    for right in plan.rights():
        assert right.role not in ("roles/owner", "roles/editor", "roles/viewer"), right
        assert "allUsers" not in right.member, right
        assert "allAuthenticatedUsers" not in right.member, right
        assert "-compute@developer" not in right.member, right
        assert "@cloudbuild.gserviceaccount" not in right.member, right
        assert "@appspot" not in right.member, right
    kinds = plan.types()
    assert "google_service_account_key" not in kinds
    assert not [kind for kind in kinds if kind.endswith(("_iam_policy", "_iam_binding"))]


def test_what_runs_in_a_pipeline_cannot_touch_documents(plan: Plan) -> None:
    """Generated code is code: a run must not be able to say of itself how good it is."""
    pipelines = [right for right in plan.rights() if right.account in ("pipelines", "builds")]
    assert pipelines
    for right in pipelines:
        assert not right.role.startswith(("roles/datastore", "roles/firebase", "roles/firestore")), right
        if right.role == "roles/iam.serviceAccountUser":
            assert right.home.rpartition("/")[2].startswith("pipelines@"), "else it could act as a function"
    [role] = plan.of("google_project_iam_custom_role")
    assert {each.split(".")[1] for each in role["permissions"]} == {"pipelineJobs"}
    assert {each.rpartition(".")[2] for each in role["permissions"]} == {"cancel", "create", "get", "list"}


def test_a_run_writes_its_own_folders_only(plan: Plan) -> None:
    run = "exp-01jd4qz0000000000000000000"
    theirs = [paths.results(run, 1), f"{paths.pipeline_root(run, 1)}/x", paths.baselines("k")]
    others = [paths.compiled_spec("k"), paths.transform_module("")]
    assert _writers(plan, theirs, "pipelines") == [True, True, True]
    assert _writers(plan, others, "pipelines") == [False, False], "other runs execute these"
    assert _writers(plan, [paths.compiled_spec("k"), paths.results(run, 1)], "builds") == [True, False]


def _wanted(entry_point: str, has_mlflow: bool) -> set[str]:
    every = set(CAPABILITIES) if has_mlflow else set(CAPABILITIES) - {"mlflow"}
    return {"on_config_written": WRITERS, "on_experiment_updated": LOOKERS}.get(entry_point, every)


def _account(plan: Plan, entry_point: str) -> str:
    return plan.functions()[entry_point]["service_config"][0]["service_account_email"].partition("@")[0]


def _held(plan: Plan, account: str) -> set[tuple[str, str]]:
    return {_short(right) for right in plan.rights() if right.account == account}


def _short(right: Right) -> tuple[str, str]:
    """What a right is about, as the tables write it."""
    assert right.condition == "", right
    if right.role == "roles/bigquery.dataViewer":
        return "tables", right.role
    if right.kind == "service_account":
        return f"service_account/{right.home.rpartition('/')[2].partition('@')[0]}", right.role
    if right.kind == "cloud_run_v2_service":
        return f"{right.kind}/{right.home}", right.role
    return right.kind, right.role.rpartition("/")[2] if right.role.startswith("projects/") else right.role


def _reaches(entry_point: str, wanted: set[str]) -> bool:
    """Whether a handler of functions/main.py ends up in one of these functions of it."""
    tree = ast.parse(Path(main.__file__).read_text())
    named = {
        each.name: {name.id for name in ast.walk(each) if isinstance(name, ast.Name)}
        for each in tree.body
        if isinstance(each, ast.FunctionDef)
    }
    seen, open_names = set(), {entry_point}
    while open_names:
        name = open_names.pop()
        seen.add(name)
        open_names |= named.get(name, set()) - seen
    return bool(seen & wanted)


def _writers(plan: Plan, names: list[str], account: str) -> list[bool]:
    """Whether an account may write each of these objects of the data bucket."""
    bucket = plan.functions()["sweep"]["service_config"][0]["environment_variables"]["QUICKTEST_BUCKET"]
    rights = [
        right.condition
        for right in plan.rights()
        if (right.kind, right.home, right.account) == ("storage_bucket", bucket, account)
        and right.role in ("roles/storage.objectAdmin", "roles/storage.objectCreator", "roles/storage.objectUser")
    ]
    return [
        any(_holds(condition, f"projects/_/buckets/{bucket}/objects/{name}") for condition in rights) for name in names
    ]


def _holds(condition: str, name: str) -> bool:
    """`resource.name.startsWith("a") || resource.name.startsWith("b")`, and nothing else."""
    begin, end = 'resource.name.startsWith("', '")'
    parts = condition.split(" || ") if condition else []
    assert all(part.startswith(begin) and part.endswith(end) for part in parts), condition
    return not parts or any(name.startswith(part[len(begin) : -len(end)]) for part in parts)

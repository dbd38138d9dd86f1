"""`quicktest cloud platform`, `release` and `onboard`, from no project to a page."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from quicktest.cloud import looking, sources
from quicktest.cloud.programs import Action, patiently
from quicktest.cloud.refusals import Refused
from quicktest.doctor import Check
from tests.fakes.programs import TOKEN
from tests.unit.cloud_side import Cloud, at_a_terminal, make_cloud, without_processes
from tests.unit.user_side import Cli, Outcome, make_cli

PLATFORM = ("cloud", "platform", "acme-platform", "--region", "europe-west4", "--billing-account", "0A-1B", "--yes")
RELEASE = ("cloud", "release", "1.0.0", "--platform", "acme-platform")
SHOP = (
    "cloud", "onboard", "shop-quicktest", "--region", "europe-west4", "--billing-account", "0A-1B", "--platform",
    "acme-platform", "--admin", "ann@shop.example", "--runbook-url", "https://git.example/runbook", "--yes",
)  # fmt: skip
ALONE = tuple(word for word in SHOP if word not in ("--platform", "acme-platform"))


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cloud:
    """With programs on PATH."""
    return make_cloud(monkeypatch, tmp_path)


@pytest.fixture
def cloud(real: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    without_processes(monkeypatch, real)
    return real


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("QUICKTEST_HOME", str(tmp_path / "home"))
    return make_cli(monkeypatch, capsys)


def well(outcome: Outcome) -> str:
    assert outcome.code == 0, outcome.err
    return outcome.out


def sentence(outcome: Outcome) -> str:
    assert outcome.code == 1, outcome.out
    return " ".join(outcome.err.split())


def test_an_empty_cloud_becomes_an_installation_in_three_commands(real: Cloud, cli: Cli) -> None:
    assert "quicktest cloud release 1.0.0 --platform acme-platform" in well(cli(*PLATFORM))
    well(cli(*RELEASE))
    out = well(cli(*SHOP, "--release", "1.0.0"))

    assert "Open https://shop-quicktest.web.app and sign in." in out
    assert "ann@shop.example: has no account yet: let them sign in to the page once" in out
    state = real.state
    assert state["buckets"]["gs://shop-quicktest-quicktest-state"] == {
        "versioning_enabled": True,
        "uniform_bucket_level_access": True,
        "public_access_prevention": "enforced",
    }
    applied = state["applied"]["shop-quicktest-quicktest-state/quicktest/prod"]
    assert applied == real.customer()
    assert applied["own_registry"] is False
    assert applied["admins"] == ["ann@shop.example"]
    assert applied["release"]["functions_archive"] == "../../releases/1.0.0/functions.zip"
    assert applied["release"]["images"]["worker"].startswith(
        "europe-west4-docker.pkg.dev/acme-platform/quicktest/worker@"
    )
    readers = state["applied"]["acme-platform-quicktest-state/quicktest/platform"]["customers"]
    assert readers == {"shop-quicktest": {"project_id": "shop-quicktest", "project_number": "123456789012"}}
    assert '"projectId": "shop-quicktest"' in state["sites"]["shop-quicktest"]["config"]
    assert "connect-src 'self' https://*.googleapis.com" in state["sites"]["shop-quicktest"]["policy"]


def test_a_second_run_changes_nothing(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    state, written = cloud.state, cloud.written()
    cloud.forget_calls()

    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0"), SHOP):
        assert "All was done already." in well(cli(*command))

    assert cloud.changing() == []
    assert (cloud.state, cloud.written()) == (state, written)


def test_a_dry_run_of_nothing_names_every_command_and_changes_nothing(cloud: Cloud, cli: Cli) -> None:
    state, written = cloud.state, cloud.written()

    out = well(cli(*SHOP, "--dry-run"))

    assert "would do project shop-quicktest: there is none that this account may see" in out
    assert "$ gcloud projects create shop-quicktest" in out
    assert "$ gcloud billing projects link shop-quicktest --billing-account=0A-1B" in out
    assert "$ gcloud storage buckets create gs://shop-quicktest-quicktest-state --project=shop-quicktest" in out
    assert "-backend-config=bucket=shop-quicktest-quicktest-state -backend-config=prefix=quicktest/prod" in out
    assert "$ quicktest cloud page shop-quicktest" in out
    assert out.rstrip().endswith("Nothing was changed.")
    assert cloud.changing() == []
    assert (cloud.state, cloud.written()) == (state, written)


def test_a_dry_run_of_an_upgrade_shows_the_plan_and_changes_nothing(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0"), ("cloud", "release", "1.1.0", *RELEASE[3:])):
        well(cli(*command))
    state, written = cloud.state, cloud.written()
    cloud.forget_calls()

    out = well(cli(*SHOP, "--release", "1.1.0", "--dry-run"))

    assert "would do release in the customer's choices" in out
    assert "Plan: something about shop-quicktest" in out
    assert "2 of 13 steps would change something. Nothing was changed." in out
    assert cloud.changing() == []
    assert all("-lock=false" in line for line in cloud.calls if line.startswith("terraform plan"))
    assert (cloud.state, cloud.written()) == (state, written)


def test_an_upgrade_changes_the_release_and_a_rollback_gives_the_former_one(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0"), ("cloud", "release", "1.1.0", *RELEASE[3:])):
        well(cli(*command))
    before = cloud.customer()

    assert "2 of them just now" in well(cli(*SHOP, "--release", "1.1.0"))
    assert cloud.customer()["release"]["version"] == "1.1.0"
    well(cli(*SHOP, "--release", "1.0.0"))

    assert cloud.customer() == before
    assert cloud.state["applied"]["shop-quicktest-quicktest-state/quicktest/prod"] == before


def test_a_project_of_its_own_needs_no_platform(cloud: Cloud, cli: Cli) -> None:
    alone = [word.replace("europe-west4", "europe-north1") for word in ALONE]
    remedy = "quicktest cloud release 1.0.0 --project shop-quicktest"
    assert remedy in sentence(cli(*alone))
    made = well(cli("cloud", "release", "1.0.0", "--project", "shop-quicktest"))
    assert "onboard shop-quicktest --release 1.0.0" in " ".join(made.split())
    well(cli(*alone, "--release", "1.0.0"))

    assert cloud.customer()["own_registry"] is True
    assert set(cloud.state["projects"]) == {"shop-quicktest"}
    assert "All was done already." in well(cli(*alone))


def test_a_forgotten_platform_is_remembered_and_never_taken_for_none(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))

    assert "All was done already." in well(cli(*ALONE))

    (cloud.checkout / "terraform/platform/customers/acme-platform.tfvars.json").unlink()
    assert "shop-quicktest has a platform, which no file in" in sentence(cli(*ALONE))


@pytest.mark.parametrize("missing", ["*", "functions.zip"])
def test_another_checkout_fetches_the_release_that_it_does_not_have(cloud: Cloud, cli: Cli, missing: str) -> None:
    """Operators keep the file of a release in their repository, and the archive in the bucket alone."""
    well(cli(*PLATFORM))
    well(cli(*RELEASE))
    folder = cloud.checkout / "terraform/releases/1.0.0"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.glob(missing):
        path.unlink()

    well(cli(*SHOP, "--release", "1.0.0"))

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept


@pytest.mark.parametrize("command", [(*SHOP, "--release", "1.0.0"), SHOP])
def test_a_checkout_from_the_repository_fetches_the_archive_that_is_not_kept_there(
    cloud: Cloud, cli: Cli, command: tuple[str, ...]
) -> None:
    for each in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*each))
    archive = cloud.checkout / "terraform/releases/1.0.0/functions.zip"
    content = archive.read_bytes()
    archive.unlink()

    assert "All was done already." in well(cli(*command))

    assert archive.read_bytes() == content


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("functions/main.py", "terraform/releases/1.0.0/functions.zip was packed from other code than this checkout's"),
        ("shared/main.py", "The images of 1.0.0 (gs://acme-platform-quicktest-releases/1.0.0/images/) were built from "
         "other files than this checkout's in shared, and a version never changes: choose another version"),
        ("trainer_image/main.py", "other files than this checkout's in trainer_image, and"),
        ("requirements/tfx.lock", "other files than this checkout's in requirements, and"),
        ("cloudbuild/checks/trainer.py", "other files than this checkout's in cloudbuild, and"),
        (".dockerignore", "other files than this checkout's in .dockerignore, and"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("here", [True, False], ids=["here", "fetched"])
def test_a_version_never_changes_again(cloud: Cloud, cli: Cli, changed: str, told: str, here: bool) -> None:
    well(cli(*PLATFORM))
    well(cli(*RELEASE))
    if not here:
        shutil.rmtree(cloud.checkout / "terraform/releases")
    path = cloud.checkout / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x = 2\n")
    state = cloud.state
    if changed != "functions/main.py" or here:  # a dry run fetches nothing that it could compare
        assert told in sentence(cli(*RELEASE, "--dry-run"))
    assert told in sentence(cli(*RELEASE))
    assert cloud.state == state


def test_a_dry_run_says_what_is_built_and_from_which_files(cloud: Cloud, cli: Cli) -> None:
    well(cli(*PLATFORM))
    out = well(cli(*RELEASE, "--dry-run"))
    assert "would do images: not built: compiler, trainer, trainer_gpu, worker, mlflow" in out
    [build] = [line for line in out.splitlines() if "gcloud builds submit" in line]
    assert f"_SOURCES={sources.written(sources.digests(cloud.checkout))}" in build


def test_an_installation_stays_where_it_is(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    state = cloud.state
    shop, platform = ("cloud", "onboard", "shop-quicktest"), ("cloud", "platform", "acme-platform")

    for command in (shop, platform):
        assert "All was done already." in well(cli(*command, "--yes"))
        told = sentence(cli(*command, "--region", "europe-west1", "--yes"))
        assert "says europe-west4, and an installation cannot move to europe-west1" in told
    assert "is installed as prod" in sentence(cli(*SHOP, "--environment", "dev"))
    assert "All was done already." in well(cli(*SHOP, "--environment", "prod"))

    assert cloud.state == state


@pytest.mark.parametrize(
    ("lost", "commands"),
    [
        ("environments/prod/customers/shop-quicktest", [SHOP, (*SHOP, "--release", "1.0.0")]),
        ("platform/customers/acme-platform", [SHOP, PLATFORM]),
    ],
)
def test_a_lost_file_of_choices_takes_nothing_away(cloud: Cloud, cli: Cli, lost: str, commands: list[Any]) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    (cloud.checkout / f"terraform/{lost}.tfvars.json").unlink()
    state, written = cloud.state, cloud.written()

    for command in commands:
        for options in ((), ("--dry-run",)):
            told = f"was applied with terraform/{lost}.tfvars.json, which is not here. Fetch it"
            assert told in sentence(cli(*command, *options))

    assert (cloud.state, cloud.written()) == (state, written)


LOSS = """google_storage_bucket.this: Refreshing state... [id=shop]
module.a.data.google_project.this: Read complete after 1s [id=shop]
Terraform will perform the following actions:

  # module.deployment.module.firestore.google_firestore_database.this must be replaced
-/+ resource "google_firestore_database" "this" {
  # module.deployment.module.mlflow[0].google_sql_database_instance.this will be destroyed
  # (because index [0] is out of range for count)
  # module.deployment.google_storage_bucket_object.archive must be replaced
  # module.deployment.google_storage_bucket.data will be updated in-place
"""


def test_a_plan_that_deletes_data_is_told_and_not_applied_by_an_option(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0"), ("cloud", "release", "1.1.0", *RELEASE[3:])):
        well(cli(*command))
    state = cloud.state
    cloud.change(plan=LOSS)

    seen = well(cli(*SHOP, "--release", "1.1.0", "--dry-run"))
    assert "google_firestore_database.this would be deleted with all that it holds" in seen
    assert "Terraform will perform" in seen
    assert "Refreshing state" not in seen
    assert "Read complete" not in seen
    refused = cli(*SHOP, "--release", "1.1.0")
    assert "deletes data and needs somebody's agreement: run this in a terminal." in sentence(refused)
    losses = [line for line in refused.out.splitlines() if "would be deleted" in line]
    assert ["google_firestore_database" in line for line in losses] == [True, False]
    assert "google_sql_database_instance" in losses[1]

    assert cloud.state["applied"] == state["applied"]


def test_a_dry_run_and_a_check_leave_the_list_of_providers_as_it_was(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    providers = cloud.checkout / "terraform/environments/prod/.terraform.lock.hcl"
    providers.unlink()
    well(cli(*SHOP, "--dry-run"))
    assert "not applied, or not to its end" in sentence(cli("cloud", "check", "shop-quicktest"))
    assert not providers.exists()


def test_what_the_operator_chose_by_hand_stays(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    path = cloud.checkout / "terraform/environments/prod/customers/shop-quicktest.tfvars.json"
    path.write_text(path.read_text().replace('"own_registry"', '"max_running": 40,\n  "own_registry"'))

    well(cli(*SHOP, "--admin", "bob@shop.example"))

    assert cloud.customer()["max_running"] == 40
    assert cloud.customer()["admins"] == ["ann@shop.example", "bob@shop.example"]


def test_who_signed_in_becomes_admin(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    cloud.people.roles["Ann@shop.example"] = "viewer"
    assert "admin ann@shop.example: is viewer" in well(cli(*SHOP))
    assert cloud.people.roles["ann@shop.example"] == "admin"


def test_what_is_not_known_everywhere_yet_is_applied_again(cloud: Cloud, cli: Cli) -> None:
    cloud.change(soon=1)
    well(cli(*PLATFORM))
    assert len([line for line in cloud.calls if line.startswith("terraform apply")]) == 2


def test_a_project_with_a_mistyped_id_is_not_made(cloud: Cloud, cli: Cli) -> None:
    """An id is taken for good."""
    without_account = [word for word in SHOP if word not in ("--billing-account", "0A-1B")]
    for command in (without_account, [*without_account, "--dry-run"]):
        assert "There is no project shop-quicktest that this account may see. Check its id" in sentence(cli(*command))
    assert "needs somebody's agreement" in sentence(cli(*SHOP[:-1]))
    without_runbook = [word for word in SHOP if "runbook" not in word]
    assert "Where do alerts lead to?" in sentence(cli(*without_runbook))
    assert cloud.state["projects"] == {}


def test_nothing_is_applied_without_agreement(cloud: Cloud, cli: Cli) -> None:
    cloud.change(projects={"acme-platform": {"billing": "0A-1B", "apis": []}})
    assert "run this in a terminal, or with --yes" in sentence(cli(*PLATFORM[:-1]))
    assert cloud.state["applied"] == {}
    assert list(cloud.checkout.rglob("*.tfplan")) == [], "a plan holds values that the screen does not"


DENIED = "ERROR: (gcloud) PERMISSION_DENIED: The caller does not have permission."


@pytest.mark.parametrize(
    ("command", "stderr", "told"),
    [
        ("gcloud projects create", "ERROR: Project creation failed. The project ID you specified is already in use by "
         "another project. Please try an alternative ID.", "this project id is taken"),
        ("gcloud projects create", "ERROR: Resource in projects [acme-platform] is the subject of a conflict: "
         "Requested entity already exists", "this project id is taken"),
        ("gcloud projects create", DENIED, "Ask for roles/resourcemanager.projectCreator on the folder"),
        ("gcloud billing projects link", DENIED, "Ask for roles/billing.user on the billing account"),
        ("gcloud billing projects link", "ERROR: FAILED_PRECONDITION: Precondition check failed: Cloud billing quota "
         "exceeded", "a quota of the billing account"),
        ("gcloud services enable", "ERROR: FAILED_PRECONDITION: Billing must be enabled for activation of service",
         "the project has no open billing account. Give one with --billing-account"),
        ("gcloud storage buckets create", "ERROR: HTTPError 412: violates constraints/gcp.resourceLocations",
         "the organization's policy gcp.resourceLocations forbids it"),
        ("gcloud services list", "ERROR: PERMISSION_DENIED: Service Usage API has not been used in project 1 before or "
         "it is disabled. Enable it by visiting https://console.example/apis/api/serviceusage.googleapis.com/overview",
         "gcloud services enable serviceusage.googleapis.com --project=acme-platform"),
        ("terraform init", "│ Error: Unsupported Terraform Core version", "this Terraform is too old or too new"),
        ("terraform plan", "Error: Error acquiring the state lock\n\nLock Info:\n  ID:        17a-b\n  Path: x",
         "terraform force-unlock 17a-b"),
        ("terraform apply", "Error: googleapi: Error 403: forbidden", "may not do this (Error: googleapi: Error 403: "
         "forbidden). Ask for the roles of the deployer"),
        ("terraform apply", "Error: Error creating Database: googleapi: Error 409: already exists.",
         "terraform import -var-file=customers/PROJECT.tfvars.json module.deployment.module.firestore."),
        ("terraform apply", "Error: Error creating Config: googleapi: Error 400: INVALID_PROJECT_ID : Identity Platform"
         " has already been enabled for this project.", "google_identity_platform_config.this PROJECT"),
        ("terraform apply", "╷\n│ Error: Something new\n│ \n│ on main.tf line 3: ya29.abc", "Error: Something new on "
         "main.tf line 3: [hidden]"),
        ("terraform plan", 'Error: Get "https://serviceusage.example/v1": dial tcp: lookup serviceusage.example: no '
         "such host", "Google Cloud cannot be reached from here."),
        ("gcloud services list", "ERROR: gcloud crashed (ConnectionError): Max retries exceeded with url", "cannot be "
         "reached from here. Look at the network"),
        ("gcloud auth application-default", "ERROR: Your default credentials were not found: could not find default "
         "credentials", "Run `gcloud auth login` and `gcloud auth application-default login`."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do_and_the_next_run_goes_on(
    cloud: Cloud, cli: Cli, command: str, stderr: str, told: str
) -> None:
    cloud.change(refusals={command: stderr})
    shown = sentence(cli(*PLATFORM))
    assert told in shown
    assert f"`{command}" in shown or "TF_DATA_DIR" in shown
    cloud.change(refusals={})
    well(cli(*PLATFORM))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cloud", "onboard", "Shop", "--region", "europe-west4"], "`Shop` cannot be a project id"),
        (["cloud", "onboard", "shop-quicktest", "--region", "europe"], "`europe` is not a region such as europe-west4"),
        ([*SHOP, "--environment", "test"], "There is no environment `test`: use dev or prod."),
        ([*SHOP, "--folder", "1", "--organization", "2"], "Give --folder or --organization, not both"),
        (
            ["cloud", "onboard", "shop-quicktest", "--region", "europe-west4", "--runbook-url", "https://x"],
            "no billing",
        ),
        ([*SHOP[:-3], "--yes"], "Where do alerts lead to? Give --runbook-url"),
        (["cloud", "release", "1.0.0"], "Say where releases are kept"),
        (["cloud", "release", "1 0", "--platform", "acme-platform"], "`1 0` cannot be a version"),
        (["cloud", "page", "shop-quicktest"], "run `quicktest cloud onboard shop-quicktest` first"),
        (["cloud", "check", "shop-quicktest"], "run `quicktest cloud onboard shop-quicktest` first"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(cloud: Cloud, cli: Cli, arguments: list[str], told: str) -> None:
    if arguments[1] in ("onboard", "release") and "acme-platform" in arguments:
        well(cli(*PLATFORM))
    if told == "no billing":
        cloud.change(projects={"shop-quicktest": {"billing": None, "apis": []}})
        told = "The project shop-quicktest has no billing account. Give one with --billing-account"
    assert told in sentence(cli(*arguments))


def test_a_customer_of_a_platform_that_is_not_there_is_told_so(cloud: Cloud, cli: Cli) -> None:
    assert "storage: bucket doesn't exist" in sentence(cli(*SHOP, "--release", "1.0.0"))
    well(cli(*PLATFORM))
    assert "There is no release 1.0.0, neither here nor in acme-platform." in sentence(cli(*SHOP, "--release", "1.0.0"))


@pytest.mark.parametrize(("version", "told"), [("1.10.5", "Terraform 1.10.5 is not one"), ("2.0.0", "Terraform 2.0.0")])
def test_another_terraform_is_refused_before_anything_is_done(cloud: Cloud, cli: Cli, version: str, told: str) -> None:
    cloud.change(terraform=version)
    assert told in sentence(cli(*PLATFORM))
    assert cloud.state["projects"] == {}


def test_a_missing_program_is_named(real: Cloud, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (real.folder / "bin/terraform").unlink()
    monkeypatch.setenv("PATH", str(real.folder / "bin"))
    assert "`terraform` is not installed here. Install Terraform 1.11" in sentence(cli(*PLATFORM))


def test_no_token_is_ever_shown(cloud: Cloud, cli: Cli) -> None:
    outcomes = [cli(*PLATFORM), cli(*RELEASE), cli(*SHOP, "--release", "1.0.0"), cli(*SHOP, "--dry-run")]
    assert any("print-access-token" in line for line in cloud.calls)
    assert not any(TOKEN in outcome.out + outcome.err for outcome in outcomes)


def test_the_page_alone_is_deployed_where_it_differs(cloud: Cloud, cli: Cli) -> None:
    for command in (PLATFORM, RELEASE, (*SHOP, "--release", "1.0.0")):
        well(cli(*command))
    served = cloud.state["sites"]
    page = ("cloud", "page", "shop-quicktest")
    assert "All was done already." in well(cli(*page))

    for part, told in (("config", "another config.json"), ("index", "another build"), ("policy", "other headers")):
        cloud.change(sites={"shop-quicktest": {**served["shop-quicktest"], part: "{}"}})
        assert f"https://shop-quicktest.web.app serves {told}" in well(cli(*page, "--dry-run"))
        assert cloud.state["sites"] != served
        well(cli(*page))
        assert cloud.state["sites"] == served


ENDING = "trap 'sleep 0.6; echo saved > state; exit 0' INT; touch begun; while :; do sleep 0.1; done"
CALLER = f"""from quicktest.cloud.programs import Command, Programs
try:
    Programs().ask(Command(("sh", "-c", {ENDING!r})))
except KeyboardInterrupt:
    open("told", "w").close()
"""


def test_ctrl_c_lets_a_program_end_what_it_does(tmp_path: Path) -> None:
    """Terraform that is killed loses what it made, and the state stays locked."""
    caller = at_a_terminal(CALLER, tmp_path)
    os.killpg(caller.pid, signal.SIGINT)  # as a terminal does
    assert caller.wait(timeout=20) == 0
    assert (tmp_path / "state").read_text() == "saved\n"
    assert (tmp_path / "told").exists()


def test_what_was_switched_on_a_moment_ago_is_waited_for() -> None:
    answers: list[Exception | None] = [Refused("not enabled yet; when that was done just now, wait a minute."), None]
    done: list[None] = []

    def do() -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer
        done.append(None)

    patiently(Action("make it", do), times=2, pause_s=0).do()
    assert len(done) == 1
    answers += [Refused("denied"), None]
    with pytest.raises(Refused, match="denied"):
        patiently(Action("make it", do), times=2, pause_s=0).do()


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("note", 0), ("wrong", 1)])
def test_check_ends_with_1_only_when_something_is_wrong(
    cloud: Cloud, cli: Cli, monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    found = [Check("sweep", "scheduler", status, "its job is PAUSED", "gcloud scheduler jobs resume sweep")]
    monkeypatch.setattr(looking, "look", lambda *_: found)
    shown = cli("cloud", "check", "shop-quicktest")
    assert (shown.code, "gcloud scheduler jobs resume sweep" in shown.out) == (code, True)
    answer = cli("cloud", "check", "shop-quicktest", "--json")
    assert (answer.code, json.loads(answer.out)["healthy"]) == (code, code == 0)

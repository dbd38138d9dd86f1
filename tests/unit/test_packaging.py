"""The archive of the functions: what is in it, and that equal content gives equal bytes."""

from __future__ import annotations

import ast
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import tomllib

from local.gateway.wiring import FUNCTIONS
from quicktest.packaging import REQUIREMENTS, NotPackable, write_archive

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==(\S+)(?: ; (.*?))? ?\\$", re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As small as one that can be packed may be."""
    for package in ("functions", "shared", "local", "quicktest"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "shared/module.py.jinja").write_text("{{ name }}")
    (tmp_path / "requirements").mkdir()
    (tmp_path / REQUIREMENTS).write_text("numpy==2\n")
    return tmp_path


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_it_holds_the_functions_what_they_share_and_what_they_need(checkout: Path):
    write_archive(checkout, checkout / "out.zip")
    assert names(checkout / "out.zip") == [
        "functions/__init__.py", "main.py", "requirements.txt", "shared/__init__.py", "shared/module.py.jinja",
    ]  # fmt: skip


def test_equal_content_gives_equal_bytes_whenever_and_wherever_it_is_packed(checkout: Path, tmp_path: Path):
    first = write_archive(checkout, checkout / "first.zip")
    other = shutil.copytree(checkout, tmp_path / "elsewhere")
    for path in other.rglob("*.py"):
        os.utime(path, (0, 1_000_000_000))
        path.chmod(0o600)
    (other / "shared/__pycache__").mkdir()
    (other / "shared/__pycache__/old.cpython-311.pyc").write_bytes(b"\0")
    assert write_archive(other, other / "deep/er/second.zip") == first
    (other / "shared/__init__.py").write_text("A = 1\n")
    assert write_archive(other, other / "third.zip") != first


@pytest.mark.parametrize("stray", ["functions/key.json", "shared/.env", "functions/old.pyc", "shared/main.py.orig"])
def test_what_does_not_belong_there_is_refused_by_name(checkout: Path, stray: str):
    (checkout / stray).write_text("secret")
    with pytest.raises(NotPackable, match=re.escape(stray)):
        write_archive(checkout, checkout / "out.zip")
    assert not (checkout / "out.zip").exists()


def test_a_link_out_of_the_checkout_is_not_followed(checkout: Path, tmp_path: Path):
    (checkout / "functions/link.py").symlink_to(tmp_path / "elsewhere.py")
    (tmp_path / "elsewhere.py").write_text("")
    with pytest.raises(NotPackable, match="functions/link.py"):
        write_archive(checkout, checkout / "out.zip")


def test_without_its_lock_it_is_not_packed(checkout: Path):
    (checkout / REQUIREMENTS).unlink()
    with pytest.raises(NotPackable, match="make lock"):
        write_archive(checkout, checkout / "out.zip")


def test_the_projects_own_archive_holds_every_module_and_template_and_nothing_of_the_machine(tmp_path: Path):
    write_archive(ROOT, tmp_path / "out.zip")
    packed = names(tmp_path / "out.zip")
    wanted = [path.relative_to(ROOT).as_posix() for package in ("functions", "shared") for path in
              (ROOT / package).rglob("*") if path.suffix in (".py", ".jinja")]  # fmt: skip
    assert packed == sorted([*wanted, "main.py", "requirements.txt"])
    assert any(name.endswith(".jinja") for name in packed)
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        assert str(ROOT) not in "".join(opened.read(name).decode() for name in packed)


def test_every_routed_function_is_a_public_name_of_the_module_that_main_takes_all_names_from():
    tree = ast.parse((ROOT / "functions/main.py").read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert set(FUNCTIONS) <= {name for name in defined if not name.startswith("_")}


# --------------------------------------------------------------------------------------------------- requirements


def requirements(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def pinned(name: str) -> dict[tuple[str, str], str]:
    """Versions by name and marker; a package may have one version for each Python."""
    found = PINNED.findall((ROOT / "requirements" / name).read_text())
    return {(package, version): marker for package, version, marker in found}


def test_what_the_functions_ask_for_is_what_the_application_asks_for():
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert requirements("functions.in") <= set(project["dependencies"])


def test_the_functions_run_with_the_versions_that_the_tests_ran_with():
    functions, application = pinned("functions.lock"), pinned("app.lock")
    assert len(functions) > 50
    assert functions.keys() <= application.keys()


def test_every_version_has_its_hashes():
    text = (ROOT / REQUIREMENTS).read_text()
    blocks = re.split(r"^(?=[a-z0-9-]+(?:\[[^\]]*\])?==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pinned("functions.lock"))
    assert all("--hash=sha256:" in block for block in blocks)


def test_no_more_is_installed_than_the_code_imports_and_no_less():
    """Imports inside functions count: these come hours after the start."""
    wanted = {distribution(module) for package in ("functions", "shared") for module in imported(ROOT / package)}
    named = {re.split(r"[<>=\[]", line)[0] for line in requirements("functions.in")}
    assert wanted - COME_ALONG <= named
    assert named - wanted == {"tzdata"}  # zoneinfo reads it where the system has none


COME_ALONG = {"werkzeug", "flask", "cloudevents", "protobuf", "google-api-core", "google-auth", "grpcio", "googleapis"}
OF_MODULES = (
    ("google.cloud.aiplatform", "google-cloud-aiplatform"), ("google.cloud.bigquery", "google-cloud-bigquery"),
    ("google.cloud.devtools", "google-cloud-build"), ("google.cloud.firestore", "google-cloud-firestore"),
    ("google.cloud.logging", "google-cloud-logging"), ("google.cloud.storage", "google-cloud-storage"),
    ("google.events", "google-events"), ("google.api_core", "google-api-core"), ("google.auth", "google-auth"),
    ("google.oauth2", "google-auth"), ("google.protobuf", "protobuf"), ("google.logging", "googleapis"),
    ("google.rpc", "googleapis"), ("grpc", "grpcio"), ("mlflow", "mlflow-skinny"),
)  # fmt: skip


def distribution(module: str) -> str:
    for prefix, name in OF_MODULES:
        if module.startswith(prefix):
            return name
    return module.partition(".")[0].replace("_", "-")


def imported(folder: Path) -> set[str]:
    """Modules of others, with the names taken from them: `from google.cloud import storage` is google.cloud.storage."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = ("functions", "shared")
    return {name for name in found if name.partition(".")[0] not in {*sys.stdlib_module_names, *ours}}

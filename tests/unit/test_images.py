"""What the images are built from: locks that agree, bases that cannot change, and files that reach the builder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from quicktest.cloud import sources

ROOT = Path(__file__).resolve().parents[2]
IMAGES = dict(line.split() for line in (ROOT / "cloudbuild/images.txt").read_text().splitlines())
FOLDERS = sorted(set(IMAGES.values()))
BY_TAG = {"apache/beam_python3.10_sdk:2.74.0"}  # no public place tells its digest (trainer_image/Dockerfile)


def dockerfile(folder: str) -> str:
    return (ROOT / folder / "Dockerfile").read_text()


def pins(lock: str) -> dict[str, str]:
    """Package -> version."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE))


def test_a_gpu_adds_libraries_and_changes_no_other_package():
    plain, gpu = pins("tfx.lock"), pins("tfx-gpu.lock")
    added = {name: gpu[name] for name in gpu.keys() - plain.keys()}
    assert {name: gpu[name] for name in gpu.keys() & plain.keys()} == plain
    assert added
    assert all(name.startswith("nvidia-") for name in added), added


def test_the_mlflow_server_is_of_the_version_that_the_functions_write_with():
    server, app = pins("mlflow.lock"), pins("app.lock")
    assert server["mlflow"] == app["mlflow"] == app["mlflow-skinny"]


def test_dataflows_workers_start_with_the_beam_that_is_locked():
    (version,) = re.findall(r"^FROM apache/beam_python3\.10_sdk:(\S+) AS", dockerfile("trainer_image"), re.MULTILINE)
    assert version == pins("tfx.lock")["apache-beam"]


@pytest.mark.parametrize("name", IMAGES)
def test_every_image_is_a_target_and_is_checked(name: str):
    assert re.search(rf"^FROM \S+ AS {name}$", dockerfile(IMAGES[name]), re.MULTILINE)
    assert (ROOT / "cloudbuild/checks" / f"{name}.py").is_file()


@pytest.mark.parametrize("folder", FOLDERS)
def test_bases_are_named_by_digest(folder: str):
    text = dockerfile(folder)
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    assert {base for base in bases if not re.search(r"@sha256:[0-9a-f]{64}$", base)} <= BY_TAG


@pytest.mark.parametrize("folder", FOLDERS)
def test_packages_come_with_their_hashes(folder: str):
    """Or from the wheels that were made of such."""
    commands = re.findall(r"pip (?:--python \S+ )?(?:wheel|install)(?:[^\n]*\\\n)*[^\n]*", dockerfile(folder))
    assert commands
    assert all("--require-hashes" in command or "--no-index" in command for command in commands)


@pytest.mark.parametrize("name", IMAGES)
def test_only_dataflows_worker_is_started_as_root(name: str):
    """Its folders belong to root; a stage without a USER has that of the stage it is made from."""
    stages = re.split(r"^(?=FROM )", dockerfile(IMAGES[name]), flags=re.MULTILINE)
    by_name = {found[2]: (found[1], stage) for stage in stages if (found := re.match(r"FROM (\S+) AS (\S+)", stage))}
    base, stage = by_name[name]
    users = re.findall(r"^USER (\S+)$", stage, re.MULTILINE) or re.findall(
        r"^USER (\S+)$", by_name[base][1], re.MULTILINE
    )
    assert users[-1] == ("0" if name == "worker" else "10001")


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_an_image_is_made_of_is_sent_to_the_builder(folder: str):
    sent = {line.lstrip("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    uploaded = {line.strip("!/") for line in (ROOT / ".gcloudignore").read_text().splitlines() if line.startswith("!")}
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", dockerfile(folder), re.MULTILINE))
    tops = {source.split("/")[0] for source in copied}
    assert tops <= {path.split("/")[0] for path in sent}
    assert tops | {folder, "cloudbuild"} <= uploaded


def test_files_are_told_apart_by_name_and_content_and_without_git(tmp_path: Path):
    shutil.copy(ROOT / ".gcloudignore", tmp_path)
    (tmp_path / "shared/deep").mkdir(parents=True)
    (tmp_path / "shared/deep/a.py").write_text("x")
    before = sources.digests(tmp_path)
    assert {"shared", "requirements", "cloudbuild", ".dockerignore", *FOLDERS} == before.keys()
    (tmp_path / "shared/__pycache__").mkdir()
    (tmp_path / "shared/__pycache__/a.pyc").write_text("x")
    assert sources.digests(tmp_path) == before
    (tmp_path / "shared/deep/a.py").rename(tmp_path / "shared/deep/b.py")
    renamed = sources.digests(tmp_path)
    assert sources.differing(renamed, sources.written(before)) == {"shared"}
    (tmp_path / "shared/deep/b.py").write_text("y")
    assert sources.differing(sources.digests(tmp_path), sources.written(renamed)) == {"shared"}
    assert sources.differing(renamed, "") == before.keys(), "a record without them is one of other files"


def test_a_push_records_each_image_by_digest_with_what_it_was_built_from(tmp_path: Path):
    (tmp_path / "cloudbuild").mkdir()
    shutil.copy(ROOT / "cloudbuild/images.txt", tmp_path / "cloudbuild")
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\ncase "$1" in inspect) echo "$4" | sed "s/:[^:]*$/@sha256:0/" ;; esac\n')
    docker.chmod(0o755)
    word = sources.written(sources.digests(ROOT))
    values = {"REPOSITORY": "europe-docker.example/acme", "VERSION": "1.0.0", "BUILD": "b", "SOURCES": word}
    environment = {**os.environ, **values, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["bash", ROOT / "cloudbuild/push"], cwd=tmp_path, env=environment, check=True)
    records = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "records").iterdir()}
    assert {name: record["image"] for name, record in records.items()} == {
        name: f"europe-docker.example/acme/{name}@sha256:0" for name in IMAGES
    }
    assert {record["sources"] for record in records.values()} == {word}

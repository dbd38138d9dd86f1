"""Each missing program is one sentence that says how to get it; and the folder that Hosting serves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local import page, parts, tools
from local.errors import StackError
from local.ports import DEFAULT_PORTS


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is on the path, in the project or in the places where an SDK may lie."""
    for name in ("JAVA_HOME", "CLOUDSDK_ROOT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    monkeypatch.setattr(tools, "_cloud_sdks", lambda: iter([tmp_path / "sdk"]))
    (tmp_path / "bin").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("find", "sentence"),
    [
        (tools.java, "Java is missing, which the Firestore and Pub/Sub emulators run on: install a JRE 11 or newer"),
        (tools.firestore_emulator, "gcloud components install cloud-firestore-emulator"),
        (tools.pubsub_emulator, "gcloud components install pubsub-emulator"),
        (
            tools.firebase,
            "Node.js with npm is missing, which the page and the Auth and Hosting emulators need: install",
        ),
        (tools.page, "The page is not built: run `make up`"),
        (tools.tfx_python, "The TFX environment is not installed: run `make up`"),
    ],
)
def test_what_is_missing_is_one_sentence(bare_machine: Path, find: Callable, sentence: str) -> None:
    with pytest.raises(StackError) as raised:
        find()
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("version", ["1.8.0_402", "9.0.4"])
def test_an_old_java_is_refused(bare_machine: Path, version: str) -> None:
    executable(bare_machine / "bin/java", f"echo 'openjdk version \"{version}\"' >&2")
    with pytest.raises(StackError, match=f"is too old .*{version}"):
        tools.java()


@pytest.mark.parametrize("version", ["v18.19.0", "v20.18.3"])
def test_an_old_node_is_refused(bare_machine: Path, version: str) -> None:
    executable(bare_machine / "bin/npm", "")
    executable(bare_machine / "bin/node", f"echo {version}")
    with pytest.raises(StackError, match=f"is too old .{version}.: install Node.js 20.19 or newer"):
        tools.node()


def test_a_data_folder_too_deep_for_a_socket_is_refused(tmp_path: Path) -> None:
    layout = parts.Layout(tmp_path / ("deep" * 30), DEFAULT_PORTS)
    with pytest.raises(StackError, match="choose a shorter one with QUICKTEST_HOME"):
        _ = layout.worker_socket


def test_a_new_java_is_taken(bare_machine: Path) -> None:
    executable(bare_machine / "bin/java", "echo 'openjdk version \"21.0.1\" 2023-10-17' >&2")
    assert tools.java() == str(bare_machine / "bin/java")


def test_the_page_may_talk_to_the_emulators_and_to_nobody_new(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<!doctype html>")
    emulators = {"firestore": "127.0.0.1:1", "auth": "127.0.0.1:2"}
    page.assemble(tmp_path / "firebase", dist, DEFAULT_PORTS, {"projectId": "demo-x", "emulators": emulators})

    assert json.loads((tmp_path / "firebase/public/config.json").read_text())["emulators"] == emulators
    local = json.loads((tmp_path / "firebase/firebase.json").read_text())
    deployed = json.loads(Path("firebase.json").read_text())
    policies = [
        header["value"]
        for project in (local, deployed)
        for rule in project["hosting"]["headers"]
        for header in rule["headers"]
        if header["key"] == "Content-Security-Policy"
    ]
    added = " http://127.0.0.1:1 http://127.0.0.1:2"
    assert policies[0].replace(added, "") == policies[1]
    assert added in policies[0]
    assert "127.0.0.1" not in policies[1]
    assert "unsafe" not in policies[1]
    assert local["emulators"]["hosting"] == {"host": "127.0.0.1", "port": DEFAULT_PORTS["page"]}


def test_no_page_stands_in_for_code_that_is_gone() -> None:
    """A tab of an older build asks for files that are not deployed any more: the page in their place would be kept by
    the browser under the name of a script. What it is told instead carries the same headers as the files, so they are
    not for ever: a rollback deploys these files again."""
    hosting = json.loads(Path("firebase.json").read_text())["hosting"]
    assert [rule["source"] for rule in hosting["rewrites"]] == ["!/assets/**"]
    kept = {rule["source"]: {each["key"]: each["value"] for each in rule["headers"]} for rule in hosting["headers"]}
    assert kept["**"]["Cache-Control"] == "no-cache"
    assert kept["/assets/**"]["Cache-Control"] == "public, max-age=86400, stale-while-revalidate=2592000"

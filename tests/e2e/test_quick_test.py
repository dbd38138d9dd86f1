"""A whole quick test: from one document to a trained, evaluated and served model, with a browser watching."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from local import tools
from local.stack import Stack
from quicktest import Client
from tests.e2e.conftest import PATIENCE_S, ROOT, documents, forget_specs, stage, wait_until

ASK_THE_MODEL = """
import sys, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
raw = model.signatures["raw"]
inputs = {name: tf.constant(b"nobody" if spec.dtype == tf.string else 0, spec.dtype, [1] * spec.shape.rank)
          for name, spec in raw.structured_input_signature[1].items()}
answer = {name: value.numpy()[0].tolist() for name, value in raw(**inputs).items()}
print(next(value[0].decode() for value in answer.values() if isinstance(value[0], bytes)))
"""


@pytest.fixture
def page(browser: Browser, stack: Stack):
    with browser.new_context(base_url=stack.page_url) as context:
        yield context.new_page()


def test_a_document_becomes_a_result_on_the_page_without_a_reload(client: Client, stack: Stack, page: Page) -> None:
    forget_specs(stack)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
    experiment = client.run(documents())
    row = page.locator(f"a[href='/experiments/{experiment.id}']")  # others of its name may be there
    expect(row).to_be_visible(timeout=20_000)
    row.click()
    page.get_by_role("link", name="Training", exact=True).click()
    chart = page.locator(".chart").first
    expect(chart).to_have_attribute("data-points", re.compile("[1-9]"), timeout=PATIENCE_S * 1000)

    run = experiment.wait(PATIENCE_S)

    assert run["state"] == "completed", run.get("error")
    assert run["percent"] == 100
    assert {each["state"] for each in run["stages"]} <= {"done", "reused"}
    assert stage(run, "Compile") == stage(run, "Train") == "done"
    expect(chart).to_have_attribute("data-points", "3", timeout=20_000)
    page.get_by_role("link", name="Overview", exact=True).click()
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text(f"{run['metrics']['recall_at_10']['value']:.3f}", timeout=20_000)
    expect(result).to_contain_text("popularity")
    assert len(experiment.history()) == run["parameters"]["epochs"] == 3
    losses = [epoch["train"]["loss"] for epoch in experiment.history()]
    assert losses[-1] < losses[0]
    _beats_popularity(run)
    _serves_products(stack, run["model_uri"])


def test_a_second_experiment_reuses_the_compiled_spec(client: Client) -> None:
    experiment = client.run(documents(experiment={"name": "One epoch, wider", "epochs": 1, "batch_size": 256}))

    run = experiment.wait(PATIENCE_S)

    assert run["state"] == "completed", run.get("error")
    assert run["spec"]["reused"] is True
    assert [stage(run, name) for name in ("Examples", "Statistics", "Schema", "Transform")] == ["reused"] * 4
    assert run["build"] is None
    assert run["parameters"]["batch_size"] == 256
    assert len(experiment.history()) == 1
    wait_until(lambda: experiment.run()["mlflow"]["state"] != "pending", 30, "the run is mirrored to MLflow")
    assert experiment.run()["mlflow"]["state"] == "done"
    assert experiment.run()["mlflow"]["run_id"]


def test_a_multitask_experiment_is_measured_in_both_tasks_and_serves_both(client: Client, stack: Stack) -> None:
    """With a purchase history and a target: what a retrieval model alone does not touch."""
    *configs, experiment = yaml.safe_load_all((ROOT / "examples/demo/multitask.yaml").read_text())
    run = client.run([*configs, {**experiment, "epochs": 2}]).wait(PATIENCE_S)

    assert run["state"] == "completed", run.get("error")
    assert [card["metric"] for card in run["headlines"]] == ["recall_at_10", "rmse"]
    _beats_popularity(run)
    assert run["metrics"]["rmse"]["value"] < run["baselines"]["global_mean"]["rmse"]["value"]
    assert run["estimate"]["total_usd"] > 0
    assert run["cost"]["computed"] > 0
    _serves_products(stack, run["model_uri"])


def _beats_popularity(run: dict) -> None:
    model, popularity = run["metrics"]["recall_at_10"], run["baselines"]["popularity"]["recall_at_10"]
    assert model["value"] > popularity["value"]
    assert model["n"] == popularity["n"] > 0


def _serves_products(stack: Stack, model_uri: str) -> None:
    """Loaded in a process of its own, as a server would."""
    folder = stack.home / "storage" / model_uri.removeprefix("gs://")
    command = [tools.tfx_python(), "-c", ASK_THE_MODEL, str(folder)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert answer.stdout.strip().startswith("P")

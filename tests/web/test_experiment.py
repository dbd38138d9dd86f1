"""One experiment, live: stages, curves, metrics, problems, code, cancel."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import yaml
from google.cloud import firestore
from playwright.sync_api import Locator, Page, expect

from tests.web.accessibility import accessibility_violations
from tests.web.documents import EXPERIMENT, load, run_document, write_details, write_request, write_run
from tests.web.recorded import experiment_of
from tests.web.width import expect_to_fit

ADDRESS = f"/experiments/{EXPERIMENT}"


def stage(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name="Stages").get_by_role("row", name=name)


def state(page: Page) -> Locator:
    return page.get_by_role("status").filter(has=page.locator(".state"))


def only_command(db: firestore.Client) -> dict[str, Any]:
    """The command that the page wrote, as soon as it is there."""
    deadline = time.monotonic() + 20
    while not (commands := list(db.collection("commands").stream())):
        assert time.monotonic() < deadline, "the page wrote no command"
        time.sleep(0.1)
    assert [command.id for command in commands] == [f"{EXPERIMENT}--cancel"]
    return commands[0].to_dict() or {}


def test_stages_change_as_the_run_moves(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("requested", seconds_ago=0))
    page.goto(ADDRESS)
    expect(state(page)).to_have_text("Waiting: 2 experiments run already; this is next")
    expect(stage(page, "Train")).to_contain_text("waiting")
    run.set(run_document("running", seconds_ago=0))
    expect(state(page)).to_have_text("Running: Train, epoch 2 of 3")
    expect(stage(page, "Compile")).to_contain_text("reused")
    expect(stage(page, "Transform")).to_contain_text("done")
    expect(stage(page, "Transform")).to_contain_text("9.3 s")
    expect(stage(page, "Train")).to_contain_text(re.compile(r"running.*\d s"))
    run.set(run_document("completed", seconds_ago=0))
    expect(state(page)).to_have_text("Completed")
    expect(stage(page, "Collect")).to_contain_text("done")
    expect(page).to_have_title("Country and price: Completed · Quicktest")


def test_training_is_summed_up_as_it_goes(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("running", seconds_ago=0))
    page.goto(ADDRESS)
    expect(page.get_by_text("Curves begin with the first finished epoch.")).to_be_visible()
    history = run.collection("details").document("history")
    epochs = load("history")["epochs"]
    for done in range(1, len(epochs) + 1):
        history.set({"epochs": epochs[:done]})
        for title in ("Loss", "Recall@10"):
            chart = page.get_by_role("img", name=re.compile(f"^{title} over {done} epochs?"))
            expect(chart).to_have_attribute("data-points", str(done))
    expect(page.get_by_role("img", name="Loss over 3 epochs: train 5.402, eval 5.811")).to_be_visible()
    page.get_by_role("link", name="All curves and each epoch").click()
    expect(page).to_have_url(re.compile("/training$"))


def test_final_metrics_stand_beside_the_baselines(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("completed"))
    page.goto(ADDRESS)
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("Measured by: strict 14 days to 28 Dec 2025, 391 customers, 412 products")
    expect(result).to_contain_text("recall@10 0.214 0.202 to 0.226, 391 customers")
    expect(result).to_contain_text("better +0.031 (+0.012 to +0.049) over personal frequency")
    table = page.get_by_role("table", name="Average customer")
    expect(table.get_by_role("row", name="recall@50")).to_contain_text("0.463")
    expect(table.get_by_role("row", name="recall@50")).to_contain_text("0.371")
    expect(table.get_by_role("row", name="recall@50")).not_to_contain_text("+0.092")
    write_details(run, "evaluation")
    expect(table.get_by_role("row", name="recall@50")).to_contain_text("+0.092 (+0.073 to +0.110)")
    expect(table.get_by_role("row", name="recall@5 0")).to_contain_text("cannot tell")
    expect(table.get_by_role("row", name="recall@10 0")).to_contain_text("0.952")
    expect(table).to_contain_text("n = 391")
    expect(page.get_by_role("table", name="Average order line")).to_contain_text("n = 1,906")


def test_a_ranking_result_is_better_when_it_is_lower(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("ranking"))
    page.goto(ADDRESS)
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("RMSE 3.412 3.202 to 3.622, 1,906 order lines, lower is better")
    expect(result).to_contain_text("cannot tell 0.019 lower (−0.024 to 0.061) than bias")
    write_details(run, "history", "evaluation", of="ranking")
    table = page.get_by_role("table", name="Predicted value, average order line n")
    expect(table.get_by_role("row", name="MAE")).to_contain_text("0.059 lower (0.021 to 0.098) than bias")
    expect(table.get_by_role("row", name="R2")).to_contain_text("0.321")
    assert page.get_by_role("table", name="Average customer").count() == 0
    chart = page.get_by_role("img", name=re.compile("^RMSE over 7 epochs: eval 3.63"))
    expect(chart).to_be_visible()
    expect(page.get_by_text("Trained 7 of 20 epochs (early stopping).")).to_be_visible()
    page.get_by_text("More metrics of the predicted value").click()
    expect(page.get_by_role("row", name="RMSE transformed")).to_be_visible()


def test_a_multitask_result_has_both_families_and_a_curve_for_each_task(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("multitask"))
    write_details(run, "history", "evaluation", "snapshot", of="multitask")
    page.goto(ADDRESS)
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("better +0.031 (+0.012 to +0.049) over personal frequency")
    expect(result).to_contain_text("0.019 lower (−0.024 to 0.061) than bias")
    lists = page.get_by_role("table", name="Average customer n")
    expect(lists.get_by_role("columnheader")).to_have_text(
        ["Metric", "This model", "Popularity", "Personal frequency", "Against the best baseline", "Ceiling"]
    )
    rated = page.get_by_role("table", name="Predicted value, average order line n")
    expect(rated.get_by_role("columnheader").nth(2)).to_have_text("Global mean")
    for title in ("Loss", "Retrieval loss, scaled", "Ranking loss, scaled", "Recall@10", "RMSE"):
        expect(page.get_by_role("img", name=re.compile(f"^{title} over 7 epochs"))).to_be_visible()
    configuration = page.get_by_role("region", name="Configuration")
    for text in ("bought_before(32)", "customer_region × customer_segment(16)", "ordered_at(2)", "128→d0.2→64→32"):
        expect(configuration).to_contain_text(text)
    expect(configuration).to_contain_text("target quantity, logarithm, zscore, clipped to percentiles 0 to 99")
    expect(configuration).to_contain_text("Filter 1: quantity > 0")
    expect(configuration).to_contain_text("Filter 2: products with the top 80% of revenue (412 of 518)")


def test_the_estimate_stands_before_and_the_cost_after(page: Page, db: firestore.Client) -> None:
    ended = run_document("ranking", seconds_ago=0)
    live = run_document("running", seconds_ago=0, estimate=ended["estimate"], hardware=ended["hardware"])
    run = write_run(db, live)
    page.goto(ADDRESS)
    expect(page.get_by_text("expected 5.9 to 18 min and 0.061 to 0.12 USD")).to_be_visible()
    run.set(ended)
    expect(page.get_by_text("cost 0.051 USD, estimated 0.081 USD")).to_be_visible()
    expect(page.get_by_role("region", name="Configuration")).to_contain_text("small is enough")


def test_a_worse_model_says_below_baseline(page: Page, db: firestore.Client) -> None:
    run = run_document("completed")
    run["headline"]["lift"] = {"value": -0.02, "low": -0.03, "high": -0.01, "verdict": "worse"}
    write_run(db, run)
    page.goto(ADDRESS)
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("worse, below baseline −0.020 (−0.030 to −0.010) against personal frequency")
    assert page.locator(".verdict-better").count() == 0


def test_too_few_customers_have_no_interval_and_a_reason(page: Page, db: firestore.Client) -> None:
    run = run_document("completed")
    run["headline"] |= {"low": None, "high": None, "n": 12}
    run["metrics"]["recall_at_10"] |= {"low": None, "high": None, "n": 12, "reason": "too few customers (12)"}
    write_run(db, run)
    page.goto(ADDRESS)
    expect(page.get_by_role("region", name="Result")).to_contain_text("no interval, 12 customers")
    line = page.get_by_role("table", name="Average customer").get_by_role("row", name="recall@10 0")
    expect(line).to_contain_text("too few customers (12)")


def test_an_error_comes_with_its_remedy_and_the_original_message(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("failed"))
    page.goto(ADDRESS)
    wrong = page.get_by_role("region", name="What went wrong")
    expect(wrong).to_contain_text("Training diverged")
    expect(wrong).to_contain_text("Divide the learning rate by 10")
    expect(wrong.get_by_text("loss became nan in epoch 2")).to_be_visible()
    expect(wrong).to_contain_text("In the config: feature_config.query_features.1")
    link = wrong.get_by_role("link", name="trainer_module.py, line 88")
    expect(link).to_have_attribute("href", f"{ADDRESS}/code/trainer.py?line=88")
    expect(stage(page, "Train")).to_contain_text("failed")
    expect(stage(page, "Collect")).to_contain_text("skipped")


def test_problems_of_documents_are_sentences(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("invalid"))
    page.goto(ADDRESS)
    items = page.get_by_role("region", name="What went wrong").get_by_role("listitem")
    expect(items.nth(0)).to_contain_text("query_features.2.column: Column chanel is not in demo.transactions.")
    expect(items.nth(0)).to_contain_text("Did you mean channel?")
    expect(items.nth(1)).to_contain_text("warning")
    expect(page.get_by_text("Did you mean channel?")).to_have_count(1)  # not again as the run's error


def test_resolved_parameters_and_counts(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("completed"))
    page.goto(ADDRESS)
    configuration = page.get_by_role("region", name="Configuration")
    for line in ("Batch size 1,024", "Learning rate 0.001", "Rows, train 16,204", "Split, kind strict_time"):
        label, value = line.rsplit(" ", 1)
        expect(configuration.locator("dl > div").filter(has_text=label)).to_have_text(f"{label}{value}")


def test_code_has_an_address_for_each_file(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("completed"))
    write_details(run, "code")
    page.goto(ADDRESS)
    page.get_by_role("link", name="Code").click()
    expect(page.get_by_text("def preprocessing_fn(inputs):")).to_be_visible()
    page.get_by_role("link", name="train.sql").click()
    expect(page).to_have_url(re.compile(rf"{ADDRESS}/code/train\.sql$"))
    expect(page.get_by_text("FROM `demo`.`transactions`")).to_be_visible()
    page.reload()
    expect(page.get_by_text("FROM `demo`.`transactions`")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("def preprocessing_fn(inputs):")).to_be_visible()


def test_a_failure_leads_to_its_line_of_the_code(page: Page, db: firestore.Client) -> None:
    failed = run_document("failed")
    run = write_run(db, {**failed, "error": {**failed["error"], "line": 5}})
    write_details(run, "code")
    page.goto(ADDRESS)
    page.get_by_role("link", name="trainer_module.py, line 5").click()
    expect(page.get_by_text("The run failed in line 5: loss became nan in epoch 2")).to_be_visible()
    marked = page.locator("[aria-current=location]")
    expect(marked).to_have_text("    train(fn_args)")
    expect(marked).to_be_in_viewport()
    assert accessibility_violations(page) == []


def test_code_is_copied_and_saved_and_the_request_is_a_file_that_runs(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("completed"))
    write_details(run, "code")
    write_request(db, split={"test_days": 7, "kind": "strict_time"})
    page.goto(f"{ADDRESS}/code/experiment.yaml")
    expect(page.get_by_text("quicktest run -f experiment.yaml")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert yaml.safe_load(page.evaluate("navigator.clipboard.readText()")) == {
        **{"kind": "experiment", "name": "Country and price", "tags": ["base"], "feature_config": "ids"},
        **{"model_config": "small", "split": {"kind": "strict_time", "test_days": 7}, "epochs": 3},
        **{"max_cost_usd": 2.5, "region": "europe-west4"},
    }
    page.get_by_role("link", name="train.sql").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "train.sql"
    assert Path(download.value.path()).read_text() == load("code")["sql"]["train"]


def test_the_overview_of_a_recorded_run_is_whole(page: Page, recorded: firestore.Client) -> None:
    """Both families, both means, who it works for, what to do next, frozen configs, how to get it again."""
    run = experiment_of(26)
    page.goto(f"/experiments/{run}")
    result = page.get_by_role("region", name="Result")
    expect(result.get_by_role("img", name=re.compile("^recall@10: this model 0.5.*item knn"))).to_be_visible()
    expect(result.get_by_role("img", name=re.compile("^RMSE: this model .*bias"))).to_be_visible()
    expect(result).to_contain_text("the average order line has 0.4")
    audience = page.get_by_role("table", name=re.compile("^Who it works for"))
    expect(audience.get_by_role("row", name="all test customers")).to_contain_text("item knn")
    expect(audience.get_by_role("row", name="customers with 10 or more purchases")).to_be_visible()
    page.get_by_label("Metric", exact=True).select_option("rmse")
    expect(page.get_by_text("Lower is better.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?metric=rmse$"))
    following = page.get_by_role("region", name="What to do next")
    expect(following.get_by_role("link", name="Clone and change it")).to_have_attribute("href", f"/new?parent={run}")
    expect(following.get_by_role("link", name="Compare with the leader")).to_have_attribute(
        "href", f"/compare?ids={run},{experiment_of(19)}"
    )
    page.get_by_text("Features: ").click()
    frozen = page.get_by_role("region", name="Configuration")
    expect(frozen.get_by_text("history, max length 30, shared with product_id")).to_be_visible()
    expect(page.get_by_text("quicktest rerun 26 --watch")).to_be_visible()
    expect(page.get_by_role("region", name="What is kept")).to_contain_text("it keeps everything until")
    with page.expect_download() as download:
        page.get_by_role("region", name="All metrics").get_by_role("button", name="CSV").click()
    assert "recall_at_10" in Path(download.value.path()).read_text()
    page.set_viewport_size({"width": 360, "height": 900})
    assert accessibility_violations(page) == []
    expect_to_fit(page)


def test_a_sample_and_a_random_split_wear_their_badges(page: Page, db: firestore.Client) -> None:
    document = run_document("completed")
    document["parameters"] |= {"sample_percent": 10, "split": {"kind": "random"}}
    write_run(db, document)
    page.goto(ADDRESS)
    for badge in ("optimistic: not a forecast", "quick (10%)"):
        expect(page.get_by_text(badge, exact=True)).to_be_visible()


def test_mlflow_is_one_link_away(page: Page, db: firestore.Client) -> None:
    run = write_run(db, run_document("completed"))
    page.goto(ADDRESS)
    link = page.get_by_role("link", name="Open in MLflow")
    expect(link).to_have_attribute("href", run_document("completed")["mlflow"]["url"])
    run.update({"mlflow": {"state": "failed", "url": None, "run_id": None, "reason": "the server is down"}})
    expect(page.get_by_text("Not in MLflow: the server is down")).to_be_visible()


def test_cancel_writes_one_command_and_follows_the_run(page: Page, db: firestore.Client) -> None:
    db.collection("experiments").document(EXPERIMENT).set({"name": "Country and price"})
    run = write_run(db, run_document("running", seconds_ago=0))
    page.goto(ADDRESS)
    page.get_by_role("button", name="Cancel experiment").click()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Cancel experiment").click()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("button", name="Requesting…")).to_be_disabled()
    command = only_command(db)
    assert set(command) == {"schema_version", "owner", "created_at", "updated_at", "experiment", "kind"}
    assert (command["schema_version"], command["experiment"], command["kind"]) == (1, EXPERIMENT, "cancel")
    run.update({"cancel": {"requested_at": command["created_at"], "phase": None}, "state": "cancelling"})
    expect(page.get_by_text("Cancel requested")).to_be_visible()
    expect(state(page)).to_contain_text("Cancelling")
    run.set(run_document("cancelled", seconds_ago=0))
    expect(state(page)).to_have_text("Cancelled")
    expect(page.get_by_text("Cancel requested")).to_have_count(0)


def test_a_cancel_that_was_requested_before_counts_as_requested(page: Page, db: firestore.Client) -> None:
    write_run(db, run_document("running", seconds_ago=0))
    db.collection("commands").document(f"{EXPERIMENT}--cancel").set({"owner": "someone else"})
    page.goto(ADDRESS)
    page.get_by_role("button", name="Cancel experiment").click()
    page.get_by_role("button", name="Stop it").click()
    page.wait_for_timeout(1_000)
    expect(page.get_by_role("button", name="Requesting…")).to_be_disabled()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_experiment_without_a_run_is_waiting(page: Page, db: firestore.Client) -> None:
    request = {"name": "Just written", "feature_config": "ids", "model_config": "small", "created_at": None}
    db.collection("experiments").document(EXPERIMENT).set(request)
    page.goto(ADDRESS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Just written")
    expect(state(page)).to_have_text("Waiting: not picked up yet")
    write_run(db, run_document("running", seconds_ago=0))
    expect(state(page)).to_contain_text("Running")


def test_an_address_of_nothing_says_so(page: Page, db: firestore.Client) -> None:
    page.goto("/experiments/exp-nothing")
    expect(page.get_by_text("There is no experiment at this address.")).to_be_visible()
    page.goto("/nonsense")
    expect(page.get_by_text("There is no view at this address.")).to_be_visible()
    page.get_by_role("link", name="See all experiments").click()
    expect(page.get_by_role("heading", name="Experiments", exact=True)).to_be_focused()

"""Rating metrics and their resamples against scikit-learn; rating baselines by definition (S6.10, S6.16)."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from shared.insights.comparing import resampling
from trainer_image import intervals, regression
from trainer_image.regression import Auc, Customers, figures, is_binary, measures, ratings
from trainer_image.regression_baselines import bias, global_mean, product_mean
from trainer_image.targets import TargetTransform

ROWS, CUSTOMERS = 900, 60
PLAIN = TargetTransform("y", None, log=False, normalise="none", a=0.0, b=1.0)
LOGGED = TargetTransform("y", None, log=True, normalise="zscore", a=2.0, b=0.7)


def split(target: TargetTransform, binary: bool = False, seed: int = 0) -> tuple[dict, np.ndarray]:
    """Rows of few customers, with large accounts, and predictions with ties."""
    random = np.random.default_rng(seed)
    raw = (random.random(ROWS) < 0.3).astype(float) if binary else np.round(np.exp(random.normal(2, 1, ROWS)))
    columns = {
        "id_customer": np.array([f"C{int(x)}" for x in random.exponential(9, ROWS).clip(0, CUSTOMERS - 1)], np.bytes_),
        "id_product": np.array([f"P{int(x)}" for x in random.exponential(20, ROWS)], np.bytes_),
        "id_target": raw.astype(np.float32),
        "target": target.forward(raw).astype(np.float32),
    }
    return columns, np.round(random.normal(0.4, 0.4, ROWS) + (columns["target"] - 0.4) * 0.5, 1).astype(np.float32)


def measured(columns: dict, predicted: np.ndarray, target: TargetTransform, binary: bool) -> tuple[dict, Customers]:
    names, of_row = np.unique(columns["id_customer"], return_inverse=True)
    customers = Customers(len(names), of_row)
    rated = ratings(columns, predicted, target)
    return measures(rated, customers, np.arange(ROWS) % 3 > 0, binary), customers


@pytest.mark.parametrize("target", [PLAIN, LOGGED], ids=["plain", "logged"])
def test_ratings_are_measured_as_by_scikit_learn(target: TargetTransform) -> None:
    columns, predicted = split(target)
    found, _ = measured(columns, predicted, target, binary=False)
    true, original = columns["id_target"].astype(float), target.inverse(predicted)
    known = np.arange(ROWS) % 3 > 0
    expected = {
        "rmse": sklearn_metrics.mean_squared_error(true, original) ** 0.5,
        "mae": sklearn_metrics.mean_absolute_error(true, original),
        "r2": sklearn_metrics.r2_score(true, original),
        "rmse_warm": sklearn_metrics.mean_squared_error(true[known], original[known]) ** 0.5,
        "rmse_transformed": sklearn_metrics.mean_squared_error(columns["target"], predicted) ** 0.5,
        "mae_transformed": sklearn_metrics.mean_absolute_error(columns["target"], predicted),
    }
    assert {name: measure.value() for name, measure in found.items()} == pytest.approx(expected, rel=1e-6)


def test_labels_are_measured_as_by_scikit_learn() -> None:
    columns, predicted = split(PLAIN, binary=True)
    found, _ = measured(columns, predicted, PLAIN, binary=True)
    assert len(np.unique(predicted)) < 40  # ties are many
    assert found["auc"].value() == pytest.approx(sklearn_metrics.roc_auc_score(columns["id_target"], predicted))
    probability = np.clip(predicted.astype(float), 1e-7, 1 - 1e-7)
    expected = sklearn_metrics.log_loss(columns["id_target"], probability)
    assert found["log_loss"].value() == pytest.approx(expected)


def test_resamples_are_exact() -> None:
    """Each equals scikit-learn's metric with the weights of the resample, also those that are no mean (r2, auc)."""
    columns, predicted = split(PLAIN, binary=True)
    found, customers = measured(columns, predicted, PLAIN, binary=True)
    weights = resampling.multinomial(np.random.default_rng(3), 40, customers.count)
    true, original = columns["id_target"].astype(float), predicted.astype(float)
    drawn = {
        "auc": found["auc"].draw(weights),
        "r2": intervals._of_tallies({("m", "r2"): found["r2"]}, weights @ np.stack(found["r2"].sums, axis=1))[
            "m", "r2"
        ],
    }
    for number, of_customers in enumerate(weights):
        weight = of_customers[customers.of_row]
        auc = sklearn_metrics.roc_auc_score(true, original, sample_weight=weight)
        r2 = sklearn_metrics.r2_score(true, original, sample_weight=weight)
        assert (drawn["auc"][number], drawn["r2"][number]) == pytest.approx((auc, r2), rel=1e-6)


def test_r2_survives_large_targets() -> None:
    """Sums of squares around 1e12 whose differences matter: they are taken around the mean."""
    columns, predicted = split(PLAIN)
    shifted = {**columns, "id_target": columns["id_target"].astype(np.float64) + 1e6}
    found, _ = measured(shifted, predicted.astype(np.float64) + 1e6, PLAIN, binary=False)
    expected = sklearn_metrics.r2_score(columns["id_target"].astype(float), predicted.astype(float))
    assert found["r2"].value() == pytest.approx(expected, rel=1e-6)


def test_one_kind_of_label_has_no_auc() -> None:
    auc = Auc(Customers(3, np.array([0, 1, 2])), np.array([True, True, True]), np.array([0.1, 0.2, 0.3]))
    assert np.isnan(auc.value())
    figure = intervals.figures("model", {"auc": auc}, {})["auc"]
    assert (figure.value, figure.reason) == (None, "not defined on these rows")


def test_labels_are_what_the_whole_train_split_holds() -> None:
    """S6.10: decided once, by the train split."""
    assert is_binary({"id_target": np.array([0, 1, 1], np.float32)})
    assert not is_binary({"id_target": np.array([0, 1, 0.5], np.float32)})


def test_the_figures_of_an_epoch_are_the_metrics_of_the_split() -> None:
    columns, predicted = split(PLAIN, binary=True)
    found, _ = measured(columns, predicted, PLAIN, binary=True)
    expected = {name: measure.value() for name, measure in found.items() if name != "rmse_warm"}
    assert figures(columns, predicted, PLAIN, True) == pytest.approx(expected)
    assert set(expected) - set(figures(columns, predicted, PLAIN, False)) == {"auc", "log_loss"}


def test_a_constant_prediction_is_no_better_than_chance() -> None:
    columns, _ = split(PLAIN, binary=True)
    found, customers = measured(columns, np.full(ROWS, 0.3, np.float32), PLAIN, binary=True)
    weights = resampling.multinomial(np.random.default_rng(3), 20, customers.count)
    assert found["auc"].value() == 0.5
    np.testing.assert_allclose(found["auc"].draw(weights), 0.5)


# ---------------------------------------------------------------------------------------------------------- baselines

UNKNOWN = {"id_customer": np.array([b"X", b"C1"]), "id_product": np.array([b"P0", b"Y"]), "target": np.zeros(2)}


def test_the_global_mean_is_that_of_the_transformed_target() -> None:
    train, _ = split(LOGGED)
    assert global_mean(train).predict(UNKNOWN) == pytest.approx([train["target"].mean()] * 2)


def test_the_mean_of_a_product_is_shrunk_by_20_rows() -> None:
    train, _ = split(LOGGED)
    mean = train["target"].astype(float).mean()
    own = train["target"][train["id_product"] == b"P0"].astype(float)
    expected = (own.sum() + 20 * mean) / (len(own) + 20)
    assert product_mean(train).predict(UNKNOWN) == pytest.approx([expected, mean])


def test_the_bias_is_the_ridge_of_customers_and_products() -> None:
    """By dense normal equations with an intercept that is not shrunk; alpha by the error on eval."""
    (train, _), (evaluation, _), (test, _) = (split(LOGGED, seed=seed) for seed in (1, 2, 3))
    ids = {name: np.unique(train[name]) for name in ("id_customer", "id_product")}

    def dense(columns: dict) -> np.ndarray:
        hot = [(columns[name][:, np.newaxis] == ids[name]).astype(float) for name in ids]
        return np.hstack([*hot, np.ones((len(columns["target"]), 1))])

    target = train["target"].astype(float)
    predictions, errors = {}, {}
    for alpha in (0.3, 1.0, 3.0, 10.0):
        known = dense(train)
        shrink = np.diag([alpha] * (known.shape[1] - 1) + [0])
        weights = np.linalg.solve(known.T @ known + shrink, known.T @ target)
        errors[alpha] = np.mean((dense(evaluation) @ weights - evaluation["target"]) ** 2)
        predictions[alpha] = dense(test) @ weights
    best = min(errors, key=errors.get)
    found = bias(train, evaluation)
    assert found.params == {"alpha": best}
    np.testing.assert_allclose(found.predict(test), predictions[best], atol=1e-4)


def test_a_bias_knows_the_part_that_train_knows() -> None:
    train, _ = split(LOGGED)
    found = bias(train, train)
    nobody = {"id_customer": np.array([b"X"]), "id_product": np.array([b"Y"]), "target": np.zeros(1)}
    both = found.predict({"id_customer": np.array([b"C1"]), "id_product": np.array([b"P0"]), "target": np.zeros(1)})
    alone = found.predict(UNKNOWN)
    assert both[0] - found.predict(nobody)[0] == pytest.approx(alone.sum() - 2 * found.predict(nobody)[0])


def test_a_probability_beyond_the_ends_costs_a_finite_loss() -> None:
    columns = {"id_target": np.array([1, 0], np.float32), "target": np.array([1, 0], np.float32)}
    found = figures(columns, np.array([-0.5, 1.5], np.float32), PLAIN, True)
    assert found["log_loss"] == pytest.approx(-np.log(regression.CERTAIN))

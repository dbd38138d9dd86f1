"""What a reader of the result should know about the training (domain S6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from shared.epochs import EpochRecord
from shared.metrics import METRICS
from shared.results import Warning
from trainer_image.inputs import Columns, select
from trainer_image.list_evaluation import lowest_customers
from trainer_image.questions import Catalogue, question
from trainer_image.ranking import dot_products, top
from trainer_image.scoring import Scorer
from trainer_image.targets import TargetTransform

LISTED = 10
EQUAL_LISTS = 0.9  # share of customers with the same list from which on the model says nothing about customers
LEAST_SPREAD = 1e-3  # of predictions, in standard deviations of the target
WORSE_IN_A_ROW = 3


def constant(
    scorer: Scorer, catalogue: Catalogue | None, split: Columns, target: TargetTransform | None, split_seed: int
) -> list[Warning]:
    """W_CONSTANT for the lists of a model that has a catalogue, and for the ratings of one that has a target."""
    lists = [] if catalogue is None else constant_lists(split, catalogue, scorer, split_seed)
    ratings = [] if target is None else constant_ratings(scorer.ratings(split), split["target"])
    return [*lists, *ratings]


def constant_lists(split: Columns, catalogue: Catalogue, scorer: Scorer, split_seed: int) -> list[Warning]:
    """W_CONSTANT when nearly all of the eval customers are shown the same ten products."""
    if len(catalogue.ids) <= LISTED:
        return []
    asked_rows = select(split, lowest_customers(split["id_customer"], split_seed))
    asked = question(asked_rows, catalogue.ids)
    lists = dot_products(scorer.queries(select(asked_rows, asked.first_row)), catalogue.embeddings)
    listed = np.sort(top(lists, len(asked.customers), len(catalogue.ids), LISTED, None), axis=1)
    _, customers = np.unique(listed, axis=0, return_counts=True)
    share = customers.max() / customers.sum()
    if share <= EQUAL_LISTS:
        return []
    sentence = f"{share:.0%} of the eval customers are shown the same {LISTED} products: the model ignores who asks."
    return [Warning(code="W_CONSTANT", message=f"{sentence} Train longer, or give the query tower more features.")]


def constant_ratings(predicted: np.ndarray, targets: np.ndarray) -> list[Warning]:
    """W_CONSTANT when the predictions for the eval rows hardly differ; both transformed."""
    if np.std(predicted) >= LEAST_SPREAD * np.std(targets):
        return []
    sentence = "The predictions for the eval rows are all but equal: the model ignores what it is asked about."
    return [Warning(code="W_CONSTANT", message=f"{sentence} Train longer, or use another learning rate.")]


def overfitting(records: Sequence[EpochRecord], metric: str) -> list[Warning]:
    """W_OVERFITTING from the first of three evaluations in a row that were worse while the train loss fell."""
    sign = 1 if METRICS[metric].direction == "max" else -1
    evaluated = [record for record in records if getattr(record.eval, metric) is not None]
    in_a_row = 0
    for before, after in pairwise(evaluated):
        worse = sign * (getattr(after.eval, metric) - getattr(before.eval, metric)) < 0
        in_a_row = in_a_row + 1 if worse and after.train.loss < before.train.loss else 0
        if in_a_row == WORSE_IN_A_ROW:
            first = evaluated[evaluated.index(after) - WORSE_IN_A_ROW + 1].epoch + 1
            return [
                Warning(
                    code="W_OVERFITTING",
                    message=f"Overfitting from epoch {first}: the train loss falls while {metric} on eval gets worse. "
                    "Use smaller towers, dropout or l2.",
                )
            ]
    return []

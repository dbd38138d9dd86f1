"""The figures of one epoch, on the eval split (domain S6.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from shared.hashing import H
from shared.metrics import METRICS
from trainer_image import regression
from trainer_image.baselines import frequencies
from trainer_image.inputs import Columns, Splits, rows, select
from trainer_image.list_evaluation import eval_question
from trainer_image.loss_inputs import loss_inputs
from trainer_image.parameters import TrainingParameters
from trainer_image.scoring import Scorer
from trainer_image.targets import TargetTransform
from trainer_image.two_tower import TwoTower


@dataclass(frozen=True)
class Material:
    """What a model is trained and evaluated with. `products`: the catalogue split in tie order (S6.6)."""

    splits: Splits
    products: Columns
    target: TargetTransform | None


class EpochEvaluation:
    """Losses over the whole eval split; lists of at most 2,000 customers; ratings of all rows.

    The losses are those of training (with inactive dropout), over batches of the same size, so that the two curves
    compare. Rows are shuffled once, because the rows of one customer lie together and would be each other's negatives.
    """

    def __init__(
        self, model: TwoTower, scorer: Scorer, material: Material, batch_size: int, parameters: TrainingParameters
    ) -> None:
        splits, seed = material.splits, parameters.split_seed
        order = np.random.default_rng(H(f"eval-order|{seed}", "rows")).permutation(rows(splits.eval))
        self._split = select(splits.eval, order)
        self._loss_inputs = loss_inputs(model.spec, splits.train, self._split)
        self._model, self._scorer, self._material, self._batch_size = model, scorer, material, batch_size
        self._lists, self._binary = None, False
        if model.spec.retrieval is not None:
            catalogue = material.products["id_product"]
            bought = frequencies(splits.train, catalogue) if parameters.protocol.exclude_purchased else None
            self._lists = eval_question(splits.eval, catalogue, bought, seed)
        if model.spec.ranking is not None:
            self._binary = regression.is_binary(splits.train)

    def losses(self) -> dict[str, float]:
        """Every loss of the model by name, as means over all examples."""
        queries, candidates = self._scorer.queries(self._split), self._scorer.candidates(self._split)
        totals: dict[str, float] = {}
        for start in range(0, len(queries), self._batch_size):
            part = slice(start, start + self._batch_size)
            batch = {name: tf.constant(column[part]) for name, column in self._loss_inputs.items()}
            batch["valid"] = tf.ones(len(queries[part]))
            found = self._model.losses_between(tf.constant(queries[part]), tf.constant(candidates[part]), batch)
            for name, loss in found.items():
                totals[name] = totals.get(name, 0.0) + float(loss) * len(queries[part])
        return {name: total / len(queries) for name, total in totals.items()}

    def figures(self) -> dict[str, float]:
        """Every metric that is measured on eval, by name."""
        found = {}
        if self._lists is not None:
            found |= self._lists.figures(self._scorer.queries, self._scorer.catalogue(self._material.products))
        if self._material.target is not None:
            predicted = self._scorer.ratings(self._split)
            found |= regression.figures(self._split, predicted, self._material.target, self._binary)
        return {name: figure for name, figure in found.items() if "eval" in METRICS[name].splits}

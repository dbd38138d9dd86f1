"""The record of one epoch of training: what a trainer writes while it trains (domain S6.1-S6.4)."""

from __future__ import annotations

from datetime import datetime

from shared.results import Count, Part


class Losses(Part):
    """Means over all examples of the epoch; `regularization_loss` is the value at its end.

    `loss` is the task's. Of a multitask model also its parts: raw, scaled by what guessing costs, and times their
    weights (S4.11); `loss` is the sum of the weighted ones.
    """

    loss: float
    regularization_loss: float
    total_loss: float
    retrieval_loss: float | None = None
    retrieval_loss_scaled: float | None = None
    retrieval_loss_weighted: float | None = None
    ranking_loss: float | None = None
    ranking_loss_scaled: float | None = None
    ranking_loss_weighted: float | None = None


class EvalFigures(Losses):
    """A metric is None for another type of model, and in an epoch that is not evaluated (S4.13)."""

    recall_at_5: float | None = None
    recall_at_10: float | None = None
    recall_at_50: float | None = None
    recall_at_100: float | None = None
    ndcg_at_10: float | None = None
    rmse: float | None = None
    mae: float | None = None
    auc: float | None = None


class EpochRecord(Part):
    """`progress/epoch-0000.json`: written as soon as the epoch ends. `epoch` is 0-based.

    `learning_rate` is that of the last step; `examples` were seen so far; `best`: the best epoch so far.
    """

    epoch: Count
    epochs: Count
    train: Losses
    eval: EvalFigures
    best: bool
    learning_rate: float
    examples: Count
    examples_per_second: float
    epoch_seconds: float
    time: datetime

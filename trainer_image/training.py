"""What the generated `run_fn` calls: train, evaluate, export, write the results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from shared.results import Parameters, Training
from trainer_image.autograph import exempt_keras
from trainer_image.best import BestWeights
from trainer_image.epochs import EpochEvaluation
from trainer_image.evaluation import evaluate
from trainer_image.inputs import Columns, Splits, read_splits, rows, select, training_batches
from trainer_image.parameters import TrainingParameters
from trainer_image.progress import Progress, write_text
from trainer_image.report import results
from trainer_image.retrieval import Retrieval
from trainer_image.sampling_bias import log_shares
from trainer_image.scoring import Scorer, ordered_catalogue
from trainer_image.serving import Recommender, export
from trainer_image.towers import Model, Tower, TowerModel, vocabulary_sizes
from trainer_image.unseen import average_unseen

OPTIMIZERS = {"adagrad": tf.keras.optimizers.Adagrad, "adam": tf.keras.optimizers.Adam}


def run(
    fn_args: Any, query: Tower, candidate: Tower, model: Model, request: Sequence[str], customer: str | None
) -> None:
    """Train the towers on the transformed examples of `fn_args` (TFX's FnArgs); leave the model and the results.

    `request` names the columns of a request to the served model, `customer` the one of them that holds the customer.
    """
    exempt_keras()
    parameters = TrainingParameters.model_validate(fn_args.custom_config)
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    splits = read_splits(fn_args.eval_files, transform_output)
    sizes = vocabulary_sizes(query, transform_output) | vocabulary_sizes(candidate, transform_output)

    tf.keras.utils.set_random_seed(parameters.seed)
    towers = Retrieval(
        TowerModel(query, sizes, model.normalise_embeddings),
        TowerModel(candidate, sizes, model.normalise_embeddings),
        model.temperature,
    )
    scorer = Scorer(towers, query, candidate)
    products = ordered_catalogue(splits.catalogue, parameters.split_seed)
    training = fit(towers, model, splits, products, scorer, parameters)
    average_unseen(query, towers.query_tower, sizes, splits.train)
    average_unseen(candidate, towers.candidate_tower, sizes, splits.train)

    catalogue = scorer.catalogue(products)
    evaluation = evaluate(
        splits.train,
        splits.test,
        catalogue,
        scorer.queries,
        warm_rows=_in_vocabulary(query, sizes, splits.test) & _in_vocabulary(candidate, sizes, splits.test),
        sample_percent=parameters.protocol.sample_percent,
        split_seed=parameters.split_seed,
    )
    recommender = Recommender(transform_output, towers.query_tower, catalogue, request, model.top_k)
    export(recommender, fn_args.serving_model_dir, customer, splits.test["id_customer"][0])
    found = results(parameters, splits, training, evaluation, fn_args.serving_model_dir)
    write_text(parameters.results_uri, found.model_dump_json())  # last: its existence says that all of it is there


def fit(
    towers: Retrieval, model: Model, splits: Splits, products: Columns, scorer: Scorer, parameters: TrainingParameters
) -> Training:
    """Train for all epochs; the towers end with the weights of the best one."""
    started = time.monotonic()
    batch_size = min(parameters.batch_size, rows(splits.train))
    features = {name: column for name, column in splits.train.items() if not name.startswith("id_")}
    eval_log_q = None
    if model.logq_correction:
        features["log_q"] = log_shares(splits.train["id_product"], splits.train["id_product"])
        eval_log_q = log_shares(splits.train["id_product"], splits.eval["id_product"])
    epoch_evaluation = EpochEvaluation(
        splits.eval,
        products,
        scorer,
        batch_size=batch_size,
        temperature=model.temperature,
        log_q=eval_log_q,
        split_seed=parameters.split_seed,
    )
    best = BestWeights([towers.query_tower, towers.candidate_tower])
    progress = Progress(parameters.progress_uri, parameters.epochs, rows(splits.train), epoch_evaluation, best)
    scorer.queries(select(splits.train, np.arange(1)))  # makes the weights, so that the step is traced once, not twice
    scorer.candidates(select(splits.train, np.arange(1)))
    optimizer = OPTIMIZERS[model.optimizer](parameters.learning_rate, clipnorm=model.clipnorm)
    optimizer.build(towers.trainable_variables)
    towers.compile(optimizer, jit_compile=True)
    batches = training_batches(features, batch_size, parameters.seed)
    towers.fit(batches, epochs=parameters.epochs, callbacks=[progress], verbose=0)
    best.restore()
    return Training(
        epochs_run=parameters.epochs,
        best_epoch=best.epoch,
        stop_reason="epochs",
        steps=progress.steps,
        seconds=time.monotonic() - started,
        parameters=count_parameters(towers),
    )


def count_parameters(towers: Retrieval) -> Parameters:
    query, candidate = towers.query_tower.count_params(), towers.candidate_tower.count_params()
    trainable = sum(int(np.prod(variable.shape)) for variable in towers.trainable_variables)
    return Parameters(query=query, candidate=candidate, total=query + candidate, trainable=trainable)


def _in_vocabulary(tower: Tower, sizes: Mapping[str, int], split: Columns) -> np.ndarray:
    """Rows whose customer (or product) is in the vocabulary; all rows when the tower has no primary id."""
    if tower.primary_id is None:
        return np.ones(rows(split), dtype=bool)
    return split[tower.primary_id] < sizes[tower.primary_id]

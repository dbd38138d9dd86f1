"""What the generated `run_fn` calls: train, evaluate, export, write the results."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from shared.epochs import EpochRecord
from shared.results import Training
from trainer_image import notes, spec
from trainer_image.ann import build_index, check_scann
from trainer_image.ann_loss import measure_ann
from trainer_image.autograph import exempt_keras
from trainer_image.baseline_cache import BaselineCache
from trainer_image.baselines import frequencies
from trainer_image.best import Best
from trainer_image.counting import count_parameters, variables_of
from trainer_image.customers import write_customers
from trainer_image.epochs import EpochEvaluation, Material
from trainer_image.errors import RunFailed
from trainer_image.evaluation import evaluate
from trainer_image.fingerprints import fingerprints
from trainer_image.gradient_record import GradientRecord
from trainer_image.inputs import Columns, read_splits, rows, training_batches
from trainer_image.loss_inputs import loss_inputs
from trainer_image.losses import prepare
from trainer_image.optimizers import optimizer
from trainer_image.parameters import TrainingParameters
from trainer_image.progress import Progress, write_text
from trainer_image.questions import Catalogue
from trainer_image.report import results
from trainer_image.scoring import Scorer, ordered_catalogue
from trainer_image.serving import Lists, Served, export
from trainer_image.targets import read_target
from trainer_image.towers import signature, vocabulary_sizes
from trainer_image.two_tower import TwoTower, two_tower
from trainer_image.unseen import average_unseen
from trainer_image.vocabulary_report import vocabulary_table


def run(fn_args: Any, model: spec.Model, serving: spec.Serving) -> None:
    """Train on the transformed examples of `fn_args` (TFX's FnArgs); leave the served model and the results."""
    exempt_keras()
    parameters = TrainingParameters.model_validate(fn_args.custom_config)
    check_accelerator(parameters)
    transform_output = tft.TFTransformOutput(fn_args.transform_output)
    splits = read_splits(fn_args.eval_files, transform_output)
    products = ordered_catalogue(splits.catalogue, parameters.split_seed)
    if serving.scann is not None:
        check_scann(serving.scann, rows(products), serving.top_k)
    material = Material(splits, products, read_target(transform_output) if model.ranking else None)
    sizes = vocabulary_sizes(model.query, transform_output) | vocabulary_sizes(model.candidate, transform_output)

    tf.keras.utils.set_random_seed(parameters.seed)
    towers = two_tower(model, sizes)
    scorer = Scorer(towers, model.query, model.candidate)
    training, records = fit(towers, scorer, material, parameters)
    average_unseen(towers, sizes, splits.train)

    catalogue = scorer.catalogue(products) if model.retrieval else None
    read = fingerprints(splits)
    evaluation = evaluate(
        splits,
        scorer,
        catalogue,
        material.target,
        in_vocabulary(model.query, sizes, splits.test) & in_vocabulary(model.candidate, sizes, splits.test),
        parameters.protocol,
        parameters.split_seed,
        baseline_cache(parameters, read),
    )
    lists = lists_of(catalogue, serving, splits.train, parameters)
    served = Served(transform_output, towers, serving, lists, material.target)
    export(served, fn_args.serving_model_dir, serving, splits.test)
    ann = None
    if serving.scann is not None:
        ann = measure_ann(
            lists.index, serving.scann, serving.top_k, splits.test, catalogue, scorer.queries, lists.bought,
            parameters.split_seed,
        )  # fmt: skip
    warnings = [
        *notes.constant(scorer, catalogue, splits.eval, material.target, parameters.split_seed),
        *notes.overfitting(records, model.early_stopping.metric),
    ]
    files = {"model": fn_args.serving_model_dir, "progress": parameters.progress_uri}
    if parameters.customers_uri is not None:
        write_customers(parameters.customers_uri, evaluation.per_customer)
        files["per_customer"] = parameters.customers_uri
    vocabularies = vocabulary_table(model, splits, transform_output, sizes)
    found = results(
        parameters, model.task, splits, read, training, evaluation, vocabularies, material.target, ann, warnings, files
    )
    write_text(parameters.results_uri, found.model_dump_json())  # last: its existence says that all of it is there


def baseline_cache(parameters: TrainingParameters, read: Mapping[str, Any]) -> BaselineCache:
    """For all runs that have read the very same rows, and leave out of lists and samples the same."""
    facts = {
        "fingerprints": read,
        "split_seed": parameters.split_seed,
        "sample_percent": parameters.protocol.sample_percent,
        "exclude_purchased": parameters.protocol.exclude_purchased,
    }
    return BaselineCache(parameters.baselines_uri, facts)


def check_accelerator(parameters: TrainingParameters) -> None:
    """A GPU that is paid for and not there fails the run before it costs more (S5.7)."""
    if parameters.accelerator and not tf.config.list_physical_devices("GPU"):
        raise RunFailed(
            "E_GPU_ABSENT",
            "The chosen hardware has a GPU, and the trainer sees none. Choose a tier without one, or try again.",
        )


def fit(
    towers: TwoTower, scorer: Scorer, material: Material, parameters: TrainingParameters
) -> tuple[Training, list[EpochRecord]]:
    """Train until all epochs are over or nothing is gained; the towers end with the weights of the best epoch."""
    started = time.monotonic()
    model, train = towers.spec, material.splits.train
    batch_size = min(parameters.batch_size, rows(train))
    if model.ranking is not None:
        towers.ranking = prepare(model.ranking, train["target"])
    features = {name: train[name] for name in signature(model.query) | signature(model.candidate)}
    columns = features | loss_inputs(model, train, train)
    towers.make_weights({name: tf.constant(column[:1]) for name, column in features.items()})

    best = Best(model.early_stopping, variables_of(towers))
    evaluation = EpochEvaluation(towers, scorer, material, batch_size, parameters)
    steps = math.ceil(rows(train) / batch_size)  # of an epoch
    chosen = optimizer(model.optimizer, parameters.learning_rate, parameters.epochs * steps)
    chosen.build(towers.trainable_variables)
    towers.compile(chosen, jit_compile=True)
    sizes = [variable.shape.num_elements() for variable in towers.trainable_variables]
    gradients = GradientRecord(towers.groups, sizes, steps, model.optimizer.clipnorm)
    progress = Progress(
        parameters.progress_uri, parameters.epochs, rows(train), evaluation, best, model.early_stopping, gradients
    )
    batches = training_batches(columns, batch_size, parameters.seed)
    towers.fit(batches, epochs=parameters.epochs, callbacks=[progress], verbose=0)
    epochs_run = len(progress.records)
    training = Training(
        epochs_run=epochs_run,
        best_epoch=best.epoch,
        evaluated_epoch=best.restore(epochs_run - 1),
        metric=model.early_stopping.metric,
        stop_reason="early_stopping" if best.ends_training else "epochs",
        steps=progress.steps,
        seconds=time.monotonic() - started,
        parameters=count_parameters(towers),
    )
    return training, progress.records


def lists_of(
    catalogue: Catalogue | None, serving: spec.Serving, train: Columns, parameters: TrainingParameters
) -> Lists | None:
    """What served lists are made of; None for a ranking model, which has none."""
    if catalogue is None:
        return None
    bought = frequencies(train, catalogue.ids) if parameters.protocol.exclude_purchased else None
    index = build_index(catalogue.embeddings, serving.top_k, serving.scann)
    return Lists(catalogue.ids, index, bought)


def in_vocabulary(tower: spec.Tower, sizes: Mapping[str, int], split: Columns) -> np.ndarray:
    """Rows whose customer (or product) is in the vocabulary; all rows when the tower has no primary id."""
    if tower.primary_id is None:
        return np.ones(rows(split), dtype=bool)
    return split[tower.primary_id] < sizes[tower.primary_id]

"""The TFX pipeline of a quick test. What differs between experiments is a runtime parameter, so one compiled spec
serves every experiment of the same shape (design section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from tfx import v1 as tfx
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.extensions.google_cloud_big_query.example_gen.component import BigQueryExampleGen
from tfx.proto import example_gen_pb2, transform_pb2

from shared.splits import SPLITS

ANALYZED_SPLITS = ("train",)  # vocabularies and statistics must not see what is measured (domain S2.2)
SPLITS_WITHOUT_STATISTICS = ("catalogue",)  # one row per product, query columns empty: its statistics would mislead


def build_pipeline(name: str, beam_arguments: Sequence[str]) -> tfx.dsl.Pipeline:
    """BigQueryExampleGen, StatisticsGen, SchemaGen, Transform and Trainer; `pipeline_root` comes with each job."""
    return tfx.dsl.Pipeline(
        pipeline_name=name,
        pipeline_root="",
        components=_components(),
        enable_cache=False,
        beam_pipeline_args=list(beam_arguments),
    )


def _components() -> list[BaseComponent]:
    example_gen = BigQueryExampleGen(
        input_config=_parameter("input_config"),
        output_config=example_gen_pb2.Output(),  # empty: the output splits are the input splits
    )
    examples = example_gen.outputs["examples"]
    statistics_gen = tfx.components.StatisticsGen(examples, exclude_splits=list(SPLITS_WITHOUT_STATISTICS))
    schema_gen = tfx.components.SchemaGen(
        statistics_gen.outputs["statistics"],
        infer_feature_shape=False,  # every feature sparse: catalogue rows have no query columns
        exclude_splits=[split for split in SPLITS if split not in ANALYZED_SPLITS],
    )
    transform = tfx.components.Transform(
        examples=examples,
        schema=schema_gen.outputs["schema"],
        module_file=_parameter("transform_module"),
        splits_config=transform_pb2.SplitsConfig(analyze=ANALYZED_SPLITS, transform=SPLITS),
        disable_analyzer_cache=True,  # no experiment reads the cache of another
        disable_statistics=True,  # half of the component's time, read by nobody
    )
    trainer = tfx.components.Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema_gen.outputs["schema"],
        module_file=_parameter("trainer_module"),
        custom_config=_parameter("training"),
        train_args=tfx.proto.TrainArgs(splits=["train"]),
        eval_args=tfx.proto.EvalArgs(splits=["eval"]),
    )
    return [example_gen, statistics_gen, schema_gen, transform, trainer]


def _parameter(name: str) -> tfx.dsl.experimental.RuntimeParameter:
    """A value that each pipeline job brings along as a string (protos and dictionaries as JSON text)."""
    return tfx.dsl.experimental.RuntimeParameter(name=name, ptype=str)

"""The TFX pipeline of a quick test. What differs between experiments is a runtime parameter, so one compiled spec
serves every experiment of the same shape (design section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kfp.pipeline_spec import pipeline_spec_pb2
from tensorflow_data_validation import StatsOptions
from tfx import v1 as tfx
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.extensions.google_cloud_big_query.example_gen.component import BigQueryExampleGen
from tfx.proto import example_gen_pb2, transform_pb2

from shared.hardware import LAUNCHER, TIERS, Machine
from shared.splits import SPLITS

ANALYZED_SPLITS = ("train",)  # vocabularies and statistics must not see what is measured (domain S2.2)
SPLITS_WITHOUT_STATISTICS = ("catalogue",)  # one row per product, query columns empty: its statistics would mislead
QUANTILES = 20  # bins that drift is measured on (domain S7.4)
DATAFLOW_COMPONENTS = ("BigQueryExampleGen", "StatisticsGen", "Transform")  # the others process no examples with Beam

_ResourceSpec = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec


@dataclass(frozen=True)
class Components:
    """On what the components run, and whether an equal run's outputs may stand for theirs (domain S5.1, S5.6)."""

    tier: str
    processing: str
    reuse_cache: bool

    def machine_of(self, component: str) -> Machine:
        if component == "Trainer":
            return TIERS[self.tier].trainer
        waits = self.processing == "dataflow" and component in DATAFLOW_COMPONENTS
        return LAUNCHER if waits else TIERS[self.tier].workers


def build_pipeline(name: str, components: Components, beam_arguments: Sequence[str]) -> tfx.dsl.Pipeline:
    """BigQueryExampleGen, StatisticsGen, SchemaGen, Transform and Trainer; `pipeline_root` comes with each job."""
    nodes = _components()
    for node in nodes:
        node.platform_config = _resources(components.machine_of(node.id))
    return tfx.dsl.Pipeline(
        pipeline_name=name,
        pipeline_root="",
        components=nodes,
        enable_cache=False,
        beam_pipeline_args=list(beam_arguments),
    )


def _resources(machine: Machine) -> _ResourceSpec:
    """From these limits the service chooses the machine type."""
    resources = _ResourceSpec(cpu_limit=machine.vcpus, memory_limit=machine.memory_gb)
    if machine.accelerator is not None:
        resources.accelerator.type = machine.accelerator
        resources.accelerator.count = 1
    return resources


def _components() -> list[BaseComponent]:
    example_gen = BigQueryExampleGen(
        input_config=_parameter("input_config"),
        output_config=example_gen_pb2.Output(),  # empty: the output splits are the input splits
    )
    examples = example_gen.outputs["examples"]
    statistics_gen = tfx.components.StatisticsGen(
        examples,
        stats_options=StatsOptions(num_quantiles_histogram_buckets=QUANTILES),
        exclude_splits=list(SPLITS_WITHOUT_STATISTICS),
    )
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

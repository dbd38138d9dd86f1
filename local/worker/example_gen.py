"""BigQueryExampleGen's executor over the local warehouse. The compiled spec names BigQuery's executor; the runner of
the one-machine stack puts this one in its place, everything else of the component stays as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import tensorflow as tf
from tfx import types
from tfx.components.example_gen import utils, write_split
from tfx.components.util import examples_utils
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.utils import proto_utils

from local.warehouse import UnsupportedQuery, connect, failure, to_duckdb
from local.worker.arrow_examples import serialized_examples

_TFRECORD_OPTIONS = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)


class Executor(BaseExecutor):
    """One query and one gzipped TFRecord file per input split; an output split configuration is not needed here."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        queries, output_config = example_gen_pb2.Input(), example_gen_pb2.Output()
        proto_utils.json_to_proto(exec_properties["input_config"], queries)
        proto_utils.json_to_proto(exec_properties["output_config"], output_config)
        examples = artifact_utils.get_single_instance(output_dict["examples"])
        split_names = utils.generate_output_split_names(queries, output_config)
        examples.split_names = artifact_utils.encode_split_names(split_names)
        for split in queries.splits:
            rows = _write_split(split.pattern, artifact_utils.get_split_uri([examples], split.name))
            print(f"Split-{split.name}: {rows} examples", flush=True)
        examples_utils.set_payload_format(examples, exec_properties["output_data_format"])
        examples_utils.set_file_format(examples, write_split.to_file_format_str(exec_properties["output_file_format"]))


def _write_split(query: str, folder: str) -> int:
    """Number of rows written to the folder's only file."""
    tf.io.gfile.makedirs(folder)
    rows = 0
    with tf.io.TFRecordWriter(f"{folder}/data_tfrecord-00000-of-00001.gz", _TFRECORD_OPTIONS) as writer:
        for batch in _batches(query):
            for example in batch:
                writer.write(example)
            rows += len(batch)
    return rows


def _batches(query: str) -> Iterator[list[bytes]]:
    """Serialized examples of the query's rows; raises QueryFailed, which speaks as BigQuery does."""
    warehouse = connect(Path(os.environ["QUICKTEST_HOME"]) / "warehouse", os.environ["GOOGLE_CLOUD_PROJECT"])
    try:
        yield from serialized_examples(warehouse.execute(to_duckdb(query)))
    except (UnsupportedQuery, duckdb.Error) as error:
        raise failure(error) from error

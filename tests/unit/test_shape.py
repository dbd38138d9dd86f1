"""What a run shows of its towers (S3.13, S3.14, S4.16)."""

from __future__ import annotations

import json

from shared.parameter_count import parameter_count
from shared.parsing import parse
from shared.shape import shape_of
from tests.unit import samples


def test_widths_layers_filters_and_target_are_those_of_the_documents() -> None:
    dataset = parse("datasets", "wholesale", samples.FULL_DATASET)
    features = parse("feature_configs", "everything", samples.FULL_FEATURE_CONFIG)
    both = parse("model_configs", "both", samples.MULTITASK_MODEL_CONFIG)
    shape = shape_of(dataset, features, both, parameter_count(both, features, {}))
    assert json.loads(json.dumps(shape)) == shape
    assert sum(row["width"] for row in shape["features"]["query"]) == 58
    assert {"feature": "brand × category × price", "output": "c_brand_x_category_x_price", "width": 16,
            "share": 16 / 54} in shape["features"]["candidate"]  # fmt: skip
    assert shape["structure"] == {"query": "64→d0.2→32", "candidate": "64→d0.2→32", "head": "16→1"}
    assert shape["filters"][0].startswith("Filter 1: `land`") and len(shape["filters"]) == 9
    assert shape["target"]["column"] == "quantity" and shape["target"]["normalise"] == "minmax"


def test_a_target_that_the_model_does_not_use_is_not_shown() -> None:
    features = parse("feature_configs", "everything", samples.FULL_FEATURE_CONFIG)
    shape = shape_of(samples.dataset(), features, samples.model(), parameter_count(samples.model(), features, {}))
    assert shape["target"] is None and "head" not in shape["structure"]

"""Which tables are offered to choose from, whatever some datasets answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden, NotFound, ServiceUnavailable
from google.cloud import bigquery

from functions.adapters.bigquery_warehouse import MOST_DATASETS, BigQueryWarehouse
from functions.adapters.ports import Offered, Transient


class Client:
    """Datasets with their tables, or with what listing them raises."""

    def __init__(self, datasets: dict[str, list[str] | Exception]) -> None:
        self.datasets = datasets
        self.listed: list[str] = []

    def list_datasets(self, max_results: int, **_: Any) -> list[Any]:
        references = [bigquery.DatasetReference("demo-shop", name) for name in self.datasets]
        return [SimpleNamespace(reference=each) for each in references][:max_results]

    def list_tables(self, dataset: bigquery.DatasetReference, max_results: int, **_: Any) -> list[Any]:
        self.listed.append(dataset.dataset_id)
        tables = self.datasets[dataset.dataset_id]
        if isinstance(tables, Exception):
            raise tables
        names = [SimpleNamespace(dataset_id=dataset.dataset_id, table_id=name, table_type="TABLE") for name in tables]
        return names[:max_results]


def test_a_dataset_that_may_not_be_listed_hides_no_other() -> None:
    client = Client({"gone": NotFound("it was deleted"), "secret": Forbidden("no"), "shop": ["sales", "stock"]})
    found = BigQueryWarehouse(client).offered(10)  # type: ignore[arg-type]
    assert found == [Offered("shop.sales", "TABLE"), Offered("shop.stock", "TABLE")]


def test_thousands_of_tables_are_not_all_listed() -> None:
    client = Client({"a": [f"t{number}" for number in range(3_000)], "b": ["sales"]})
    assert len(BigQueryWarehouse(client).offered(1_000)) == 1_000  # type: ignore[arg-type]
    assert client.listed == ["a"]
    client = Client({f"d{number}": ["sales"] for number in range(500)})
    assert len(BigQueryWarehouse(client).offered(1_000)) == MOST_DATASETS  # type: ignore[arg-type]


def test_an_outage_is_no_empty_list() -> None:
    client = Client({"shop": ServiceUnavailable("later")})
    with pytest.raises(Transient):
        BigQueryWarehouse(client).offered(10)  # type: ignore[arg-type]

"""What there is to say about a dataset: its columns, and what the warehouse answers about its rows (domain S1f)."""

from __future__ import annotations

from dataclasses import asdict

from functions.checking import offer_of
from functions.services import Services
from shared.documents import Dataset
from shared.reports import Content


def dataset_content(document_id: str, dataset: Dataset, services: Services) -> Content:
    offer = offer_of(dataset, services)
    return Content(offer.problems, {"columns": [asdict(output) for output in offer.outputs]})

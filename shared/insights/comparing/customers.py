"""The per-customer file of a run (domain S6.13): what makes paired comparison possible without another evaluation.

A numpy archive without pickles. `customer` holds the ids [n], sorted; `population/{name}` who belongs to it; `pairs`,
`rows`, `rows_warm` and `idcg` are the same for everybody who is measured; `{who}/{column}` belong to the model or a
baseline. Every column is a sum over the customer's test rows (or distinct products), so metrics are ratios of sums.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shared.metrics import RECALL_AT

VERSION = 1
LARGEST_BYTES = 400_000_000  # of all that is read, unpacked
DAMAGED = "The per-customer file is damaged: {}. Start the experiment again to measure it anew."
# What zipfile, zlib and numpy raise on bytes that are no such archive.
UNREADABLE = (
    *(ValueError, KeyError, OSError, EOFError, RuntimeError, SyntaxError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)

# Populations whose members are whole customers. Those made of rows (`warm`, `new_pairs`, `cold_product`) would need
# sums over these rows alone.
WHOLE_CUSTOMERS = ("all", "in_sample", "cold_customer")

Sums = tuple[np.ndarray, np.ndarray]  # numerator and denominator of a metric, float64 [n]


@dataclass(frozen=True)
class Customers:
    """`ids`: bytes [n], sorted; `populations`: bool [n] by name; `columns`: [n] by name, see the module."""

    ids: np.ndarray
    populations: Mapping[str, np.ndarray]
    columns: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> np.ndarray:
        """As float64; ValueError when the file does not have it."""
        if name not in self.columns:
            raise ValueError(f"The per-customer file has no `{name}`.")
        return self.columns[name].astype(np.float64)


def read_customers(content: bytes, who: Sequence[str] = ("model",)) -> Customers:
    """Of the model, and of such baselines as are asked for; ValueError with one sentence when the file is damaged."""
    try:
        arrays = _arrays(content, who)
    except UNREADABLE as error:
        raise ValueError(DAMAGED.format(str(error) or type(error).__name__)) from None
    ids = arrays.pop("customer")
    populations = {name.removeprefix("population/"): arrays.pop(name) for name in _populations(arrays)}
    return Customers(ids, populations, arrays)


def measure(customers: Customers, metric: str, population: str, who: str = "model") -> Sums:
    """Sums per customer such that the metric is `value(metric, numerator.sum(), denominator.sum())`.

    Both are 0 for customers outside the population. ValueError for a metric that is no ratio of sums (`MEASURED` are)
    and for a population that is made of rows.
    """
    if metric not in MEASURED:
        raise ValueError(f"`{metric}` cannot be told from the per-customer file: it is no ratio of sums of customers.")
    if population not in WHOLE_CUSTOMERS or population not in customers.populations:
        raise ValueError(f"The per-customer file has no sums of the population `{population}`.")
    members = customers.populations[population]
    numerator, denominator = MEASURED[metric](customers, who)
    return np.where(members, numerator, 0.0), np.where(members, denominator, 0.0)


def value(metric: str, numerator: np.ndarray | float, denominator: np.ndarray | float) -> np.ndarray | float:
    """The metric from (resampled) totals of its sums; nan where nothing is counted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(numerator, denominator)
        return np.sqrt(ratio) if metric.startswith("rmse") else ratio


# ------------------------------------------------------------------------------------------- what a metric sums up

Measured = Callable[[Customers, str], Sums]


def _mean(of: Callable[[Customers, str], np.ndarray]) -> Measured:
    """A mean over customers."""
    return lambda customers, who: (of(customers, who), np.ones(len(customers)))


def _ratio(numerator: str, denominator: str) -> Measured:
    """`numerator` is of the model or baseline; `denominator` of everybody, unless it starts with `/`."""

    def sums(customers: Customers, who: str) -> Sums:
        count = f"{who}{denominator}" if denominator.startswith("/") else denominator
        return customers.column(f"{who}/{numerator}"), customers.column(count)

    return sums


def _recall(k: int) -> Measured:
    return _mean(lambda customers, who: customers.column(f"{who}/hits_at_{k}") / customers.column("pairs"))


def _hit_rate(k: int) -> Measured:
    return _mean(lambda customers, who: (customers.column(f"{who}/hits_at_{k}") > 0).astype(np.float64))


def _precision(k: int) -> Measured:
    return _mean(lambda customers, who: customers.column(f"{who}/hits_at_{k}") / k)


def _reciprocal_rank(customers: Customers, who: str) -> np.ndarray:
    first = customers.column(f"{who}/first_rank")
    return np.where(first > 0, 1 / np.maximum(first, 1), 0.0)


MEASURED: Mapping[str, Measured] = {
    **{f"recall_at_{k}": _recall(k) for k in RECALL_AT},
    **{f"hit_rate_at_{k}": _hit_rate(k) for k in RECALL_AT},
    **{f"precision_at_{k}": _precision(k) for k in RECALL_AT},
    **{f"row_recall_at_{k}": _ratio(f"row_hits_at_{k}", "rows") for k in RECALL_AT},
    "ndcg_at_10": _mean(lambda customers, who: customers.column(f"{who}/dcg") / customers.column("idcg")),
    "mrr": _mean(_reciprocal_rank),
    "novelty_at_10": _ratio("novelty", "/listed"),
    "rmse": _ratio("squared_error", "rows"),
    "mae": _ratio("absolute_error", "rows"),
    "rmse_warm": _ratio("squared_error_warm", "rows_warm"),
    "rmse_transformed": _ratio("squared_error_transformed", "rows"),
    "mae_transformed": _ratio("absolute_error_transformed", "rows"),
    "log_loss": _ratio("log_loss", "rows"),
}


# ------------------------------------------------------------------------------------------------------ the archive


def _arrays(content: bytes, who: Sequence[str]) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        wanted = [name for name in names if "/" not in name or name.split("/")[0] in ("population", *who)]
        if sum(names[name].file_size for name in wanted) > LARGEST_BYTES:
            raise ValueError(f"it is larger than {LARGEST_BYTES:,} bytes")
        arrays = {}
        for name in wanted:
            with archive.open(names[name]) as file:
                arrays[name] = np.lib.format.read_array(file, allow_pickle=False)
    return _checked(arrays)


def _checked(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    version = arrays.pop("version", None)
    if version is None or version.shape != () or int(version) != VERSION:
        raise ValueError("it is not of a version that is known")
    ids = arrays.get("customer")
    if ids is None or ids.ndim != 1 or ids.dtype.kind != "S":
        raise ValueError("it has no customers")
    if np.any(ids[1:] <= ids[:-1]):
        raise ValueError("its customers are not sorted")
    for name, array in arrays.items():
        kinds = "S" if name == "customer" else "b" if name.startswith("population/") else "uif"
        if array.shape != ids.shape or array.dtype.kind not in kinds:
            raise ValueError(f"`{name}` is not one number for each customer")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"`{name}` holds numbers that are not finite")
    if "population/all" not in arrays:
        raise ValueError("it does not say who is measured")
    return arrays


def _populations(arrays: Mapping[str, np.ndarray]) -> list[str]:
    return [name for name in arrays if name.startswith("population/")]

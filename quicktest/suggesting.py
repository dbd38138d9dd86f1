"""What functions suggest to run next (domain S7.15), and starting it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quicktest.client import drafts_from
from quicktest.drafts import Draft
from quicktest.errors import QuicktestError
from quicktest.read_models import Group, ReadModels
from quicktest.store import Document, Store

PART = "suggestions"


@dataclass(frozen=True)
class Suggestion:
    """`number` counts over all that are shown of a protocol; `started`: somebody has started the very same already."""

    number: int
    sample_percent: int
    content: Document
    started: bool = False

    @property
    def documents(self) -> list[Document]:
        """As `quicktest apply` takes them."""
        model = self.content["documents"]["model_config"]
        experiment = {"kind": "experiment", **self.content["documents"]["experiment"]}
        return [experiment] if model is None else [{"kind": "model_config", **model}, experiment]


@dataclass(frozen=True)
class Suggested:
    """Of one protocol. `sentences`: by sample size, where suggestions come from, or why there are none."""

    group: Group
    sentences: Mapping[int, str]
    items: Sequence[Suggestion]
    budget_left_usd: float | None


def suggested(models: ReadModels, store: Store, protocol: str | None) -> list[Suggested]:
    """Of the protocols that are meant, that with the most finished runs first."""
    return [_of(group, models.part(group.id, PART) or {}, store) for group in models.group(protocol)]


def _of(group: Group, part: Mapping[str, Any], store: Store) -> Suggested:
    samples = part.get("groups", [])
    found = [(sample["sample_percent"], item) for sample in samples for item in sample["items"]]
    children = _children({item["base"] for _, item in found}, store)
    items = [
        Suggestion(number, sample, item, _configs(item["documents"]["experiment"]) in children[item["base"]])
        for number, (sample, item) in enumerate(found, start=1)
    ]
    sentences = {sample["sample_percent"]: sample["sentence"] for sample in samples}
    return Suggested(group, sentences, items, part.get("budget_left_usd"))


def _children(bases: Iterable[str], store: Store) -> dict[str, set[tuple[Any, ...]]]:
    """What was made of each base so far."""
    return {base: {_configs(each) for each in store.where("experiments", "parent", base)} for base in bases}


def _configs(experiment: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(experiment.get(name) for name in ("feature_config", "model_config", "sample_percent"))


def chosen(items: Sequence[Suggestion], written: str) -> list[Suggestion]:
    """Of `1,3`; raises QuicktestError for a number that there is not."""
    numbers = {}
    for text in written.split(","):
        text = text.strip().removeprefix("#")
        if not text.isdecimal():
            raise QuicktestError(f"--apply `{written}` is no list of numbers. Write for example --apply 1,3.")
        numbers[int(text)] = None
    known = {each.number: each for each in items}
    if missing := [number for number in numbers if number not in known]:
        have = f"There are 1 to {len(items)}." if items else "There are none."
        raise QuicktestError(f"There is no suggestion {missing[0]}. {have}")
    return [known[number] for number in numbers]


def require_startable(items: Sequence[Suggestion], budget_left_usd: float | None) -> None:
    """Raises QuicktestError for what runs already, and for more than the endpoint may still spend."""
    if again := [item.number for item in items if item.started]:
        raise QuicktestError(f"Suggestion {again[0]} was started already. New ones are computed when its run ends.")
    cost = total(items, "cost_usd")
    if budget_left_usd is not None and cost is not None and cost > budget_left_usd:
        raise QuicktestError(
            f"Together they cost about {cost:.2f} USD, and {budget_left_usd:.2f} USD are left of this month's budget. "
            "Start fewer."
        )


def drafts_of(items: Iterable[Suggestion]) -> list[Draft]:
    """What to write to start them; a model config that two of them share stands there once."""
    written: dict[str, Document] = {}
    for item in items:
        for document in item.documents:
            written.setdefault(document.get("id") or f"experiment {item.number}", document)
    return drafts_from(list(written.values()))


def total(items: Iterable[Suggestion], name: str) -> float | None:
    """Of `cost_usd` or `minutes`; None when one of them is not known."""
    values = [item.content[name] for item in items]
    return None if None in values else sum(values)

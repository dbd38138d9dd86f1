"""`diff`: two configurations of one kind, leaf by leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from quicktest.errors import NothingRunning, QuicktestError
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.comparing import Row
    from quicktest.subjects import Subject

Kind = Annotated[
    str | None, typer.Option("--kind", help="Which document of a file: dataset, feature_config, model_config, …")
]
NAMES = "A YAML file, KIND/ID such as model_config/small, or an experiment such as 12."
SECTIONS = ("experiment", "dataset", "feature_config", "model_config")


def register(app: typer.Typer) -> None:
    app.command("diff")(diff)


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help=NAMES)],
    second: Annotated[str, typer.Argument(metavar="B", help=NAMES)],
    everything: Annotated[bool, typer.Option("--all", help="Also what is equal.")] = False,
    kind: Kind = None,
    as_json: Json = False,
) -> None:
    """Show where two configurations differ.

    Both are of one kind: two datasets, feature configs, model configs or experiments, from files or stored. Two
    experiments are compared with everything they are made of; of one that has run, its frozen copies.

    `≡` marks what is equal, `≠` what differs; defaults count as if they were written.
    """
    from quicktest.subjects import find

    client = running_client()
    left, right = find(first, known_kind(kind), client), find(second, known_kind(kind), client)
    sections = compared(left, right)
    if as_json:
        rows = [row_dict(section, row) for section, found in sections.items() for row in found]
        shown = [row for row in rows if everything or row["change"] != "same"]
        same = all(row["change"] == "same" for row in rows)
        print_json({"kind": left.kind, "left": left.label, "right": right.label, "same": same, "rows": shown})
        return
    from quicktest.views.comparing import comparison_view

    console().print(comparison_view(left.label, right.label, sections, everything), soft_wrap=True)


def compared(left: Subject, right: Subject) -> dict[str, list[Row]]:
    """The rows of each part that both have; raises QuicktestError for two that are not of one kind."""
    from quicktest.comparing import compare
    from shared.leaves import leaves

    if left.kind != right.kind:
        problem = f"{left.label} is a {left.kind} and {right.label} a {right.kind}"
        raise QuicktestError(f"{problem}. Compare two of one kind; --kind chooses the document of a file.")
    kinds = SECTIONS if left.kind == "experiment" else (left.kind,)
    both = [kind for kind in kinds if kind in left.parts and kind in right.parts]
    return {kind: compare(leaves(left.parts[kind]), leaves(right.parts[kind])) for kind in both}


def row_dict(section: str, row: Row) -> dict[str, str | None]:
    return {"section": section, **vars(row), "marker": row.marker, "change": row.change}


def known_kind(kind: str | None) -> str | None:
    """The kind as documents spell it: `features`-like plurals and dashes are understood."""
    from quicktest.drafts import COLLECTIONS

    if kind is None:
        return None
    spelled = kind.lower().replace("-", "_")
    spelled = {collection: known for known, collection in COLLECTIONS.items()}.get(spelled, spelled)
    if spelled not in COLLECTIONS:
        raise QuicktestError(f"There is no kind `{kind}`. Use one of {', '.join(COLLECTIONS)}.")
    return spelled


def running_client() -> Client | None:
    """A client, or None where nothing runs: files can be looked at anyway."""
    from quicktest.client import Client

    try:
        return Client()
    except NothingRunning:
        return None

"""`suggest`: what to run next, with reasons; and starting it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quicktest.errors import QuicktestError
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from quicktest.client import Client
    from quicktest.suggesting import Suggested, Suggestion


def register(app: typer.Typer) -> None:
    app.command("suggest")(suggest)


def suggest(
    protocol: Annotated[
        str | None, typer.Option(help="Its key or words of its name; else the one with the most finished runs.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="The model endpoint; needed when there are several.")] = None,
    apply: Annotated[
        str | None, typer.Option("--apply", metavar="N[,M]", help="Start these, after showing what they cost.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Start them without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Say what to run next, why, what may come of it and what it costs; start it with --apply.

    Up to 3 come from an optimizer that learned from all finished runs of one protocol and sample size, up to 3 are
    configs that fit together and were never run together. With fewer than 10 finished runs a start design takes the
    optimizer's place. Suggestions are computed whenever a run ends.

    Example: `quicktest suggest --apply 1,2`.
    """
    from quicktest.client import Client
    from quicktest.read_models import ReadModels, endpoint_of
    from quicktest.suggesting import suggested

    client = Client()
    models = ReadModels(client.store, endpoint_of(client.store, endpoint))
    found = suggested(models, client.store, protocol)
    if apply is not None:
        _apply(found, apply, yes, as_json, client)
    elif as_json:
        print_json([_as_json(each) for each in found])
    else:
        _show(found, models.endpoint)


def _show(found: list[Suggested], endpoint: str) -> None:
    from quicktest.views.suggesting import suggestions_view

    if not found:
        console().print(f"No run of {endpoint} has finished yet. Start one with `quicktest run -f`.", markup=False)
        return
    console().print(suggestions_view(found[0], datetime.now(UTC)))
    if len(found) > 1:
        others = "; ".join(f"{each.group.protocol} ({each.group.name})" for each in found[1:])
        console().print(f"\nOther protocols, see --protocol: {others}.", markup=False, soft_wrap=True)


def _apply(found: list[Suggested], written: str, yes: bool, as_json: bool, client: Client) -> None:
    from quicktest.suggesting import chosen, drafts_of, require_startable

    items = chosen(found[0].items if found else [], written)
    require_startable(items, found[0].budget_left_usd)
    drafts = drafts_of(items)
    if not (yes or _agreed(items, as_json)):
        console().print("Nothing was started.")
        return
    applied = [each for each in client.apply_drafts(drafts) if each.kind == "experiment"]
    if as_json:
        print_json({"started": [each.id for each in applied]})
        return
    for each in applied:
        console().print(f"Started {each.id}.", markup=False)
    console().print("`quicktest list` shows them; `quicktest watch ID` follows one.", markup=False)


def _agreed(items: list[Suggestion], as_json: bool) -> bool:
    from quicktest.views.suggesting import suggestions_table, total_words

    if as_json:
        raise QuicktestError("--json asks nobody. Add --yes to start them.")
    console().print(suggestions_table(items))
    try:
        return typer.confirm(f"\nStart {total_words(items)}?")
    except typer.Abort:
        raise QuicktestError("\nNobody answered, so nothing was started. --yes starts without asking.") from None


def _as_json(found: Suggested) -> dict[str, Any]:
    return {
        "protocol": found.group.protocol,
        "name": found.group.name,
        "computed_at": found.group.head["computed_at"],
        "budget_left_usd": found.budget_left_usd,
        "sentences": {str(sample): sentence for sample, sentence in found.sentences.items()},
        "suggestions": [
            {"number": item.number, "sample_percent": item.sample_percent, "started": item.started, **item.content}
            for item in found.items
        ],
    }

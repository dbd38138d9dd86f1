"""`rerun`, `clone`: new experiments out of old ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quicktest.commands.comparing import compared, row_dict
from quicktest.commands.experiments import Reference
from quicktest.commands.watching import tell_started
from quicktest.errors import QuicktestError
from quicktest.files import require_folder
from quicktest.output import Json, console, print_json
from quicktest.words import title

if TYPE_CHECKING:
    from quicktest.comparing import Row

Watch = Annotated[bool, typer.Option("--watch", "-w", help="Follow it until it ends.")]
Name = Annotated[str | None, typer.Option("--name", help="What to call the new one; else as its parent.")]


def register(app: typer.Typer) -> None:
    app.command("rerun")(rerun)
    app.command("clone")(clone)


def rerun(experiment: Reference, name: Name = None, watch: Watch = False, as_json: Json = False) -> None:
    """Run an experiment again, exactly as it was.

    The new experiment has a number of its own and names its parent. Everything else is taken from what the parent was
    prepared with: the same rows, generated code, images and seeds, even when configs have changed since.

    For one that has ended and was prepared; `quicktest clone` starts from any. Exit codes as of `quicktest run`.
    """
    from quicktest.client import Client

    parent = Client().experiment(experiment)
    started = parent.rerun(name)
    if not as_json:
        console().print(f"A rerun of {title(parent.run())}.", markup=False)
    raise typer.Exit(tell_started(started, watch, as_json, parent=parent.id))


def clone(
    experiment: Reference,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Such as epochs=50 or split.test_days=7; YAML; repeatable."),
    ] = None,
    name: Name = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it as YAML for `quicktest run -f`; start nothing.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference only; start nothing.")] = False,
    watch: Watch = False,
    as_json: Json = False,
) -> None:
    """Start a variation of an experiment.

    Its request is copied, changed by --set, and compared with its parent before it starts. The configs that it names
    are taken as they are now; where they have changed since, the comparison shows that, too.

    `--set field=` and `--set field=null` go back to the default where a field may be empty.

    Examples: `quicktest clone 12 --set epochs=50`, `quicktest clone 12 --set 'split={kind: random}' --watch`.
    """
    from quicktest.client import Client
    from quicktest.repeating import OWN, as_yaml, changed, clone_request, draft_of, settings
    from quicktest.subjects import find, of_draft
    from quicktest.views.comparing import comparison_view

    client = Client()
    parent = client.experiment(experiment)
    request = changed(clone_request(parent), settings([*(changes or ())]) | ({} if name is None else {"name": name}))
    draft = draft_of(request)
    left, right = find(parent.id, None, client), of_draft(draft, "the clone", client.store)
    sections = compared(left, right)
    sections["experiment"] = [row for row in sections["experiment"] if row.name not in OWN]
    if not as_json:
        console().print(comparison_view(left.label, right.label, sections, everything=False), soft_wrap=True)
    more = {"parent": parent.id, "changes": _changes(sections)}
    if output is not None:
        if output.exists():
            raise QuicktestError(f"{output} exists already. Name another file.")
        require_folder(output)
        output.write_text(as_yaml(request), encoding="utf-8")
    if output is not None or dry_run:
        client.apply_drafts([draft], dry_run=True)
        if as_json:
            print_json({"file": str(output) if output else None, **more})
        else:
            written = (
                f"Wrote {output}. Start it with `quicktest run -f {output}`." if output else "Nothing was started."
            )
            console().print(written, markup=False, soft_wrap=True)
        return
    raise typer.Exit(tell_started(client.start([draft]), watch, as_json, **more))


def _changes(sections: dict[str, list[Row]]) -> list[dict[str, str | None]]:
    rows = [row_dict(section, row) for section, found in sections.items() for row in found]
    return [row for row in rows if row["change"] != "same"]

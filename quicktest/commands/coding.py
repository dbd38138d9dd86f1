"""`code`: the modules and the SQL of an experiment, or of what would be one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quicktest.commands.comparing import running_client
from quicktest.output import Json, console, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(str, Enum):
    transform = "transform"
    trainer = "trainer"
    sql = "sql"


class SplitName(str, Enum):
    train = "train"
    eval = "eval"
    test = "test"
    catalogue = "catalogue"


def register(app: typer.Typer) -> None:
    app.command("code")(code)


def code(
    subject: Annotated[
        str,
        typer.Argument(metavar="EXPERIMENT|FEATURE_CONFIG", help="`12`, feature_config/ID, or a YAML file of either."),
    ],
    part: Annotated[Part | None, typer.Argument(help="Which one; all of them without it.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="A model config, for the trainer of a feature config.")
    ] = None,
    split: Annotated[SplitName, typer.Option("--split", help="Whose SQL.")] = SplitName.train,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write transform_module.py, … into this folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print generated code: what ran, or what would run.

    Of an experiment that was prepared, its frozen modules and SQL; of one that was not, and of a feature config, what a
    submission would make now, which needs the stack for the tables' columns.
    """
    from quicktest.generating import code_of
    from quicktest.subjects import find

    client = running_client()
    config = find(model, "model_config", client) if model else None
    files = code_of(find(subject, None, client), config, client, part.value if part else None)
    files = chosen(files, part, split)
    if output is not None:
        written = write_files(files, output)
        _tell(written, as_json)
    elif as_json:
        print_json(dict(files))
    else:
        print("\n".join(files.values()), end="")


def chosen(files: Mapping[str, str], part: Part | None, split: SplitName) -> dict[str, str]:
    """The files of one part; raises QuicktestError for what this subject does not have."""
    from quicktest.errors import QuicktestError

    if part is None:
        return dict(files)
    name = f"{split.value}.sql" if part is Part.sql else f"{part.value}_module.py"
    if name not in files:
        raise QuicktestError(
            f"There is no {name} here, only {', '.join(files)}. The trainer of a feature config needs --model MODEL."
        )
    return {name: files[name]}


def write_files(files: Mapping[str, str], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _tell(paths: list[Path], as_json: bool) -> None:
    if as_json:
        print_json({"files": [str(path) for path in paths]})
        return
    for path in paths:
        console().print(str(path), markup=False, soft_wrap=True)

"""The command line: `quicktest --help`."""

from __future__ import annotations

import sys

import typer

from quicktest.commands import (
    backup,
    cloud,
    coding,
    comparing,
    data,
    demo,
    describing,
    doctor,
    documents,
    ending,
    experiments,
    granting,
    insights,
    judging,
    listing,
    logs,
    repeating,
    stack,
    statistics,
    suggesting,
    validating,
    watching,
)
from quicktest.errors import QuicktestError
from quicktest.output import errors

app = typer.Typer(
    help="Find the best configuration for a B2B recommender before anyone pays for a full training run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
stack.register(app)
doctor.register(app)
data.register(app)
documents.register(app)
validating.register(app)
describing.register(app)
comparing.register(app)
judging.register(app)
coding.register(app)
watching.register(app)
experiments.register(app)
listing.register(app)
repeating.register(app)
ending.register(app)
logs.register(app)
statistics.register(app)
suggesting.register(app)
backup.register(app)
granting.register(app)
insights.register(app)
demo.register(app)
cloud.register(app)


def main() -> None:
    """Run one command; what the user can mend is one sentence and exit code 1."""
    try:
        app()
    except QuicktestError as error:
        errors().print(str(error), style="red", markup=False)
        sys.exit(1)
    except BrokenPipeError:  # `quicktest list | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        sentence = _explained(error)
        if sentence is None:
            raise
        errors().print(sentence, style="red", markup=False)
        sys.exit(1)


def _explained(error: Exception) -> str | None:
    from quicktest.failures import explain

    return explain(error)


if __name__ == "__main__":
    main()

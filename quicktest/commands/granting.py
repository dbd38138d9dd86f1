"""`grant`: who may do what on the page."""

from __future__ import annotations

from typing import Annotated

import typer

from quicktest.errors import QuicktestError
from quicktest.output import Json, console, print_json

NO_ONE = "Nobody has an account yet: people get one when they sign in to the page for the first time."


def register(app: typer.Typer) -> None:
    app.command("grant")(grant)


def grant(
    email: Annotated[str | None, typer.Argument(help="Of an account that signed in to the page once.")] = None,
    role: Annotated[str | None, typer.Argument(help="viewer, editor or admin; none takes it away.")] = None,
    as_json: Json = False,
) -> None:
    """Give somebody a role on the page; without arguments, list who has which role."""
    from quicktest.deployment import find_deployment
    from quicktest.roles import Accounts

    if email is not None and role is None:
        raise QuicktestError(f"Which role? Write `quicktest grant {email} viewer`, or editor, admin or none.")
    accounts = Accounts(find_deployment().project)
    if email is None or role is None:
        people = sorted(accounts.people(), key=lambda person: person.email)
        _print([(person.email, person.role) for person in people], as_json)
        return
    person = accounts.grant(email, role)
    if as_json:
        print_json({"email": person.email, "role": person.role})
        return
    what = f"is {person.role} now" if person.role else "has no role any more"
    console().print(
        f"{person.email} {what}. The page knows within the hour, or once they sign out and in again.", markup=False
    )


def _print(roles: list[tuple[str, str | None]], as_json: bool) -> None:
    if as_json:
        print_json([{"email": email, "role": role} for email, role in roles])
        return
    width = max((len(email) for email, _ in roles), default=0)
    lines = [f"{email:<{width}}  {role or 'no role'}" for email, role in roles]
    console().print("\n".join(lines) or NO_ONE, markup=False)

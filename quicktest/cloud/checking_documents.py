"""What keeps documents: indexes, rules and backups; facts in, findings with a remedy out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from quicktest.cloud.checking import Expected, Items, last
from quicktest.doctor import Check

DATABASE = "(default)"
OLDEST_BACKUP = timedelta(days=2)  # one is made each day, at an hour that Google chooses
NAME = "__name__"


def indexes(expected: Expected, wanted: Items, found: Items) -> list[Check]:
    """The composite ones of firestore.indexes.json; without one, a query of the functions or the page is refused."""
    states = {_index(_group(each), each["fields"]): each.get("state") for each in found}
    missing, building = [], []
    for each in wanted:
        key = _index(each["collectionGroup"], each["fields"])
        if key not in states:
            missing.append(_shown(key))
        elif states[key] != "READY":
            building.append(_shown(key))
    if missing:
        return [Check("documents", "indexes", "wrong", f"missing: {'; '.join(missing)}", expected.again)]
    if building:
        return [
            Check("documents", "indexes", "note", f"still being built: {'; '.join(building)}", "Wait some minutes.")
        ]
    return [Check("documents", "indexes", "ok", f"all {len(wanted)} are ready")]


def _group(index: Mapping[str, Any]) -> str:
    return index["name"].split("/collectionGroups/")[1].split("/")[0]


def _index(group: str, fields: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Every index ends with the document's name, in the order of the field before it where nobody says otherwise."""
    named = tuple((each["fieldPath"], each.get("order") or each.get("arrayConfig", "")) for each in fields)
    return group, named if named[-1][0] == NAME else (*named, (NAME, named[-1][1]))


def _shown(index: tuple[str, tuple[tuple[str, str], ...]]) -> str:
    return f"{index[0]} by {', '.join(name for name, _ in index[1] if name != NAME)}"


def rules(expected: Expected, wanted: str, released: str | None) -> list[Check]:
    if released is None:
        return [
            Check("documents", "rules", "wrong", "none are released: the page is refused everything", expected.again)
        ]
    if released.strip() != wanted.strip():
        return [Check("documents", "rules", "wrong", "others are released than firestore.rules holds", expected.again)]
    return [Check("documents", "rules", "ok", "as firestore.rules says")]


def backups(expected: Expected, schedules: Items, found: Items, now: datetime) -> list[Check]:
    """No metric is known of a backup that was not made, so no alert tells."""
    daily = next((each for each in schedules if "weeklyRecurrence" not in each), None)
    if daily is None:
        return [Check("documents", "backups", "wrong", "no schedule makes one each day", expected.again)]
    made = [
        datetime.fromisoformat(each["snapshotTime"])
        for each in found
        if each.get("state") == "READY" and last(each["database"]) == DATABASE
    ]
    since = datetime.fromisoformat(daily["createTime"])
    if now - max([since, *made]) > OLDEST_BACKUP:
        text = f"the newest is of {max(made):%Y-%m-%d %H:%M} UTC" if made else f"none since {since:%Y-%m-%d}"
        return [Check("documents", "backups", "wrong", f"{text}: each day should have one", "Read docs/backup.md.")]
    if not made:
        return [Check("documents", "backups", "note", "none was made yet", "Look again tomorrow.")]
    return [Check("documents", "backups", "ok", f"{len(made)}, the newest of {max(made):%Y-%m-%d %H:%M} UTC")]

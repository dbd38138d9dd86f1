"""Dead letters on Firestore: inputs that can never be handled, `dead_letters/{hash}` (design section 4)."""

from __future__ import annotations

from datetime import datetime

from google.api_core.exceptions import AlreadyExists, NotFound
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from functions.adapters import records
from functions.adapters.failures import BOUNDED, translated
from functions.adapters.ports import Letter

MOST_LETTERS = 100  # of one look; the sweep comes again


class FirestoreLetters:
    """The part of `functions.adapters.ports.Store` that is about dead letters."""

    _client: firestore.Client

    def bury(self, letter: Letter, now: datetime) -> None:
        reference = self._letter(records.letter_name(letter))
        with translated():
            try:
                reference.create(records.letter_document(letter, now), **BOUNDED)
            except AlreadyExists:
                again = {"last_at": now, "expires_at": records.letter_expiry(now)}
                reference.update({"count": firestore.Increment(1), **again}, **BOUNDED)

    def undrained(self) -> dict[str, str]:
        letters = self._client.collection("dead_letters").where(filter=FieldFilter("drained_at", "==", None))
        about_one = letters.where(filter=FieldFilter("experiment", ">", "")).limit(MOST_LETTERS)
        with translated():
            found = about_one.select(["experiment"]).stream(**BOUNDED)
            return {letter.id: letter.get("experiment") for letter in found}

    def drained(self, name: str, now: datetime) -> None:
        with translated():
            try:
                self._letter(name).update({"drained_at": now}, **BOUNDED)
            except NotFound:  # somebody cleared it away
                return

    def _letter(self, name: str) -> firestore.DocumentReference:
        return self._client.collection("dead_letters").document(name)

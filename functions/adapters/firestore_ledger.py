"""What runs have cost, and which of their outputs may be reused, on Firestore: `ledgers` and `counters/reuse`.

Both are added to blindly, in the commit that saves the run. That commit is a compare-and-swap, so each is counted once.
"""

from __future__ import annotations

from datetime import datetime

from google.cloud import firestore

from functions.adapters import records
from functions.adapters.failures import BOUNDED, translated
from shared.runs import Run


class FirestoreLedger:
    """The part of `functions.adapters.ports.Store` that only ever adds."""

    _client: firestore.Client

    def spent_usd(self, endpoint: str, month: str) -> float:
        with translated():
            return float((self._ledger(endpoint, month).get(**BOUNDED).to_dict() or {}).get("spent_usd", 0.0))

    def reuse_generation(self) -> int:
        with translated():
            return int((self._reuse().get(**BOUNDED).to_dict() or {}).get("generation", 0))

    def _charge(self, batch: firestore.WriteBatch, run: Run, usd: float, now: datetime) -> None:
        added = {"spent_usd": firestore.Increment(usd), "attempts": firestore.Increment(1)}
        batch.set(self._ledger(run.model_endpoint, f"{now:%Y-%m}"), added, merge=True)

    def _end_reuse(self, batch: firestore.WriteBatch) -> None:
        batch.set(self._reuse(), {"generation": firestore.Increment(1)}, merge=True)

    def _ledger(self, endpoint: str, month: str) -> firestore.DocumentReference:
        return self._client.collection("ledgers").document(records.ledger_name(endpoint, month))

    def _reuse(self) -> firestore.DocumentReference:
        return self._client.collection("counters").document("reuse")

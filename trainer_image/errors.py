"""Failures that a user caused or can mend: `[QT:CODE] sentence`, which the functions read out of the log (S8.2)."""

from __future__ import annotations


class RunFailed(RuntimeError):
    """The run cannot go on; `code` is from the error catalogue, the sentence says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code, self.sentence = code, sentence
        super().__init__(f"[QT:{code}] {sentence}")

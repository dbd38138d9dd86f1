"""Demo data: purchases of a made-up catering wholesaler: a first quick test needs no download."""

from quicktest.demo.purchases import DEFAULT_ROWS, DEFAULT_SEED, generate

__all__ = ["DEFAULT_ROWS", "DEFAULT_SEED", "generate"]

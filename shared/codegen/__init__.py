"""Generates the Transform and Trainer modules of a run: short Python that calls `trainer_image` (design section 6)."""

from shared.codegen.trainer import render_trainer
from shared.codegen.transform import render_transform

__all__ = ["render_trainer", "render_transform"]

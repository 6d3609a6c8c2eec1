"""The SPLADE max head, exact and fast: screened in int8, decided in float32.

Of 30,522 vocabulary entries a document activates a few hundred. An integer product finds a superset
of them (`bound` proves it), and only those are computed in float32.

Reading order: `bound` (the proof); `quantise`, `layout` and `vocabulary` (what the screen reads);
`sweep` with `vnni` or `amx` (the screen); `compact` and `refine` (the decision); `emit` and
`native` (how kernels are written and compiled); `head` (all together).
"""

from harness.encoder.screen.head import Pooled, ScreenedHead
from harness.encoder.screen.native import available

__all__ = ["Pooled", "ScreenedHead", "available"]

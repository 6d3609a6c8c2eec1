"""What several test modules share: fakes, models made here, a hub on loopback, the oracle."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CARDS = Path(__file__).parent / "cards"
FILES_0_1_0 = Path(__file__).parent / "files-0.1.0"
INTEL = Path(__file__).parent / "files-intel"
"""Results of 2026-11-23 on an Intel Xeon with AMX, as harness 0.1.0 wrote them."""
"""An experiment and its result as harness 0.1.0 (281dea4) shipped them."""

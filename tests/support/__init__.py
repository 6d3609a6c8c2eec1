"""What several test modules share: fakes, models made here, a hub on loopback, the oracle."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CARDS = Path(__file__).parent / "cards"

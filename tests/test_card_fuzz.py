"""A few hundred damaged cards; `tests/fuzz_cards.py` reads any number of them."""

import importlib.util
from pathlib import Path


def test_damaged_cards_end_in_a_card_or_a_refusal():
    place = Path(__file__).parent / "fuzz_cards.py"
    spec = importlib.util.spec_from_file_location("fuzz_cards", place)
    fuzz_cards = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz_cards)
    seen = fuzz_cards.fuzz(300, seed=20)
    assert seen["read"] > 200
    assert seen["experiments"] > 30  # the mutations leave enough to be read
    assert seen["slow"] == 0

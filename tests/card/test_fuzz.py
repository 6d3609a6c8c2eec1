"""A few hundred damaged cards; `tests/support/fuzz_cards.py` reads any number of them."""

from tests.support.fuzz_cards import fuzz


def test_damaged_cards_end_in_a_card_or_a_refusal():
    seen = fuzz(300, seed=20)
    assert seen["read"] > 200
    assert seen["experiments"] > 30  # the mutations leave enough to be read
    assert seen["slow"] == 0

"""A model's numbers as tests."""

import pytest

pytestmark = pytest.mark.experiment("experiments/mine.toml")


def test_every_published_number_is_reproduced(result):
    assert result.holds


@pytest.mark.budgets({"ndcg@10": (0.2, 1), "corpus_active_dims": (1, 200)})
def test_it_is_good_and_sparse_enough(result):
    assert result.holds

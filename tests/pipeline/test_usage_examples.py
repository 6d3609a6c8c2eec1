"""Usage examples at the precision that they print: a unit of the last digit decides."""

import pytest

from harness.encoder.vector_cache import VectorCache
from harness.experiment.evidence import Example
from harness.pipeline.usage_examples import reproduce
from tests.support.fakes import FakeEncoder

VECTORS = {"q": {0: 1.0, 3: 2.0}, "d": {0: 0.5, 3: 6.0625}, "terms": {1: 2.5, 2: 1.25}}
"""q . d = 12.625 exactly."""


@pytest.mark.parametrize(
    ("printed", "holds"),
    [
        ("12.625", True),
        ("12.62", True),  # midway between 12.62 and 12.63, which either way of rounding gives
        ("12.63", True),
        ("13", True),
        ("12.62499", True),  # within half a unit and the error of a float32 sum
        ("12.6251", False),
        ("12.6249", False),
        ("12.61", False),
        ("12", False),
    ],
)
def test_a_similarity_is_held_to_its_printed_digits(tmp_path, printed, holds):
    example = Example(source="s", queries=("q",), documents=("d",), similarity=((printed,),))
    (found,) = reproduce([example], FakeEncoder(VECTORS.__getitem__), VectorCache(tmp_path))
    assert found.holds is holds
    assert found.measured == ((12.625,),)
    assert bool(found.differs) is not holds


@pytest.mark.parametrize(("printed", "holds"), [("0.9282", True), ("12.625", False)])
def test_a_model_of_cosine_similarity_prints_cosines(tmp_path, printed, holds):
    """12.625 / (sqrt(5) sqrt(0.25 + 6.0625^2)) = 0.92817…, by hand."""
    example = Example(source="s", queries=("q",), documents=("d",), similarity=((printed,),))
    encoder = FakeEncoder(VECTORS.__getitem__)
    (found,) = reproduce([example], encoder, VectorCache(tmp_path), "cosine")
    assert found.holds is holds

"""What files say that is not done here: refused by name."""

import pytest

from tests.support.zoo.held import hold
from tests.support.zoo.rows import parameters

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("row", parameters(__name__))
def test_equal_or_refused_by_name(row, tmp_path):
    hold(row, tmp_path)

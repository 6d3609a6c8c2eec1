"""The zoo is whole: every kind has a checkpoint, and every checkpoint is looked at once."""

from collections import Counter

from tests.support.zoo.kinds import KINDS
from tests.support.zoo.rows import MODULES, ROWS


def test_every_kind_has_a_checkpoint_and_every_checkpoint_a_kind():
    assert {row.kind for row in ROWS} == set(KINDS)


def test_every_kind_is_looked_at_by_one_module():
    looked_at = Counter(kind for kinds in MODULES.values() for kind in kinds)
    assert looked_at == Counter(dict.fromkeys(KINDS, 1))


def test_names_are_unique():
    assert max(Counter((row.kind, row.name) for row in ROWS).values()) == 1

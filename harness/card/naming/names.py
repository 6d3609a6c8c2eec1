"""How likely a set is to be printed under the name that a card prints.

The name of a set that we know (one of some 200) is printed for that set, hardly ever for another
known one, and now and then for one that we do not know: a translation, a cleaned copy, a part. A
pool of MS MARCO has no name of its own. Authors give any set a name of their own as well.
"""

import math
from typing import Final, NamedTuple

from harness.collection.known_sets import KnownSet, known_sets
from harness.collection.printed_names import collection_of, plain

_KNOWN: Final = {"own": 0.9, "other": 5e-6, "pool": 0.3, "none": 2.5e-4}
_UNKNOWN: Final = {"own": 0.1, "other": 0.1, "pool": 0.5, "none": 0.9}
_NO_NAME: Final = dict.fromkeys(_KNOWN, 1.0)


class PrintedName(NamedTuple):
    """A name on a card and what it can mean.

    Attributes:
        text: as printed, "" where there is none.
        ids: the collections that it can mean.
        mean: the collections whose mean it means; () where it means none.
        likely: of sets that bear it (`own`), other known ones, pools and unknown ones.
    """

    text: str
    ids: frozenset[str]
    mean: tuple[str, ...]
    likely: dict[str, float]

    def task(self, one: KnownSet) -> str:
        """The task of mteb that has this very name, of a set's; "" where none has."""
        asked = plain(self.text)
        tasks = (task.partition(":")[0] for task in one.tasks)
        return next((task for task in tasks if asked and plain(task) == asked), "")

    def log(self, kind: str) -> float:
        """The logarithm of the likelihood of the name for sets of a kind (see `likely`)."""
        return math.log(self.likely[kind])


def printed_name(name: str, split: str) -> PrintedName:
    """What a card's name for its data set can mean; `Unknown` is no name.

    Args:
        name: as printed.
        split: likewise.
    """
    if plain(name) in {"", "unknown"}:
        return PrintedName("", frozenset(), (), _NO_NAME)
    meant = collection_of(name, split)
    ids = frozenset(one.ids[0] for one in meant if len(one.ids) == 1)
    mean = next((one.ids for one in meant if len(one.ids) > 1), ())
    found = PrintedName(name, ids, mean, _KNOWN)
    heard = meant or any(found.task(one) for one in known_sets())
    return found if heard else found._replace(likely=_UNKNOWN)

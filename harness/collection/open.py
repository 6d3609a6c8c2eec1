"""From what a user types to a collection.

======================================  ====================================================
`sampler`                               a few documents that ship with this package
`crowdrag-25`                           MS MARCO v2.1 passages (see `crowdrag`)
`insuranceqa`, `insuranceqa/valid`      the test questions or the others (see `insuranceqa`)
`msmarco-pool/hub`, `msmarco-pool/qna`  the pool of cards with an "Unknown" data set, rebuilt in
                                        two ways (see `msmarco_pool`); `msmarco-pool/hub:200` is
                                        that of the first 200 queries
a folder, `a/folder:dev`                BEIR's layout, with the split after a colon
anything else                           an id of ir_datasets, such as `beir/nfcorpus/test`
======================================  ====================================================

Our own names win over a folder of the same name; write `./sampler` for the folder.
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType

from harness.collection import Collection, beir, crowdrag, insuranceqa, irds
from harness.collection.msmarco_pool import hub as pool_hub
from harness.collection.msmarco_pool import qna as pool_qna
from harness.errors import InputError

OWN: Mapping[str, Callable[[], Collection]] = MappingProxyType(
    {
        "sampler": partial(beir.load, Path(__file__).parent / "sampler", "test", "sampler"),
        "crowdrag-25": crowdrag.load,
        "insuranceqa": partial(insuranceqa.load, "test"),
        "insuranceqa/valid": partial(insuranceqa.load, "valid"),
        pool_hub.NAME: pool_hub.load,
        pool_qna.NAME: pool_qna.load,
    }
)
"""The collections we have names for."""

POOLS: Mapping[str, Callable[[int], Collection]] = MappingProxyType(
    {pool_hub.NAME: pool_hub.load, pool_qna.NAME: pool_qna.load}
)
"""Those of them that can be made of any number of queries."""


def open_collection(name: str) -> Collection:
    """The collection of a name, as in the table above.

    Raises:
        InputError: there is none of this name, or it is not fit to be evaluated.
        UnreachableError: it has to be fetched and can not be.
    """
    if name in OWN:
        return OWN[name]()
    folder, _, split = name.rpartition(":")
    if folder in POOLS:
        return POOLS[folder](_first(name, split))
    for path, wanted in ((name, ""), (folder, split)):
        place = Path(path).expanduser()
        if path and place.is_dir():
            return beir.load(place, wanted, name)
        if path and place.is_file():
            raise InputError(f"{path} is a file; give the BEIR folder that holds it.")
    if name.startswith((".", "/", "~")):
        raise InputError(f"There is no folder {folder or name}.")
    if not irds.knows(name):
        raise InputError(_unknown(name))
    return irds.load(name)


def _first(name: str, count: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,7}", count):
        raise InputError(f"'{name}': write a number of queries after the colon, as in :200.")
    return int(count)


def _unknown(name: str) -> str:
    near = get_close_matches(name, (*OWN, *irds.names()), n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(near)}?" if near else f"our own are {', '.join(OWN)}."
    return f"'{name}' is no collection of ours, no folder here and no id of ir_datasets: {hint}"

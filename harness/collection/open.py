"""From what a user types to a collection.

======================================  ====================================================
`sampler`                               a few documents that ship with this package
`crowdrag-25`                           MS MARCO v2.1 passages (see `crowdrag`)
`insuranceqa`, `insuranceqa/valid`      the test questions or the others (see `insuranceqa`)
a folder, `a/folder:dev`                BEIR's layout, with the split after a colon
anything else                           an id of ir_datasets, such as `beir/nfcorpus/test`
======================================  ====================================================

Our own names win over a folder of the same name; write `./sampler` for the folder.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType

from harness.collection import Collection, beir, crowdrag, insuranceqa, irds
from harness.errors import InputError

OWN: Mapping[str, Callable[[], Collection]] = MappingProxyType(
    {
        "sampler": partial(beir.load, Path(__file__).parent / "sampler", "test", "sampler"),
        "crowdrag-25": crowdrag.load,
        "insuranceqa": partial(insuranceqa.load, "test"),
        "insuranceqa/valid": partial(insuranceqa.load, "valid"),
    }
)
"""The collections we have names for."""


def open_collection(name: str) -> Collection:
    """The collection of a name, as in the table above.

    Raises:
        InputError: there is none of this name, or it is not fit to be evaluated.
        UnreachableError: it has to be fetched and can not be.
    """
    if name in OWN:
        return OWN[name]()
    folder, _, split = name.rpartition(":")
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


def _unknown(name: str) -> str:
    near = get_close_matches(name, (*OWN, *irds.names()), n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(near)}?" if near else f"our own are {', '.join(OWN)}."
    return f"'{name}' is no collection of ours, no folder here and no id of ir_datasets: {hint}"

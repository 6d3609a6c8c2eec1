"""The registry of collections: what a name means, in one place.

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

Our own names win over a folder of the same name; write `./sampler` for the folder. A new collection
is one more entry of `OWN`, and the module that loads it.
"""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import MappingProxyType

from harness.assets import Source, asset_source, folder_source
from harness.collection import Collection, beir, crowdrag, insuranceqa, irds, irds_files
from harness.collection.msmarco_pool import NOTICE, hub, qna
from harness.errors import InputError
from harness.system.foreign_files import is_file, is_folder
from harness.system.paths import expand

_SAMPLER = Path(__file__).parent / "sampler"

OWN: Mapping[str, Source[Collection]] = MappingProxyType(
    {
        source.name: source
        for source in (
            folder_source("sampler", partial(beir.load, _SAMPLER, "test", "sampler")),
            asset_source("crowdrag-25", "crowdrag-25", crowdrag.load),
            asset_source("insuranceqa", "insuranceqa", partial(insuranceqa.load, "test")),
            asset_source("insuranceqa/valid", "insuranceqa", partial(insuranceqa.load, "valid")),
            Source(
                "msmarco-pool/hub",
                hub.load,
                hub.is_local,
                origin=f"hub data set {hub.DATASET}",
                notice=NOTICE,
                load_part=hub.load_part,
            ),
            Source(
                "msmarco-pool/qna",
                qna.load,
                qna.is_local,
                origin="ir_datasets",
                size=f"{qna.SIZE / 1e6:.0f} MB",
                notice=NOTICE,
                load_part=qna.load_part,
            ),
        )
    }
)
"""The collections we have names for."""


def resolve_collection(name: str) -> Source[Collection]:
    """The source of the collection of a name, as in the table above; nothing is opened yet.

    Raises:
        InputError: the name can mean nothing here; an id that ir_datasets lacks is told when it is
            loaded.
    """
    return _own(name) or _folder(name) or _dataset(name)


def _own(name: str) -> Source[Collection] | None:
    if name in OWN:
        return OWN[name]
    whole, _, part = name.rpartition(":")
    source = OWN.get(whole)
    if source is None or source.load_part is None:
        return None
    return replace(source, name=name, load=partial(source.load_part, part))


def _folder(name: str) -> Source[Collection] | None:
    whole, _, split = name.rpartition(":")
    for path, wanted in ((name, ""), (whole, split)):
        place = expand(path)
        if path and is_folder(place):
            return folder_source(name, partial(beir.load, place, wanted, name))
        if path and is_file(place):
            raise InputError(f"{path} is a file; give the BEIR folder that holds it.")
    if name.startswith((".", "~")) or Path(name).is_absolute():
        raise InputError(f"There is no folder {whole or name}.")
    return None


def _dataset(name: str) -> Source[Collection]:
    return Source(
        name,
        partial(_load_dataset, name),
        partial(irds.has_documents, name),
        origin="ir_datasets",
        size=irds_files.download_size(name),
    )


def _load_dataset(name: str) -> Collection:
    if not irds.knows(name):
        near = get_close_matches(name, (*OWN, *irds.names()), n=3, cutoff=0.6)
        hint = f"did you mean {', '.join(near)}?" if near else f"our own are {', '.join(OWN)}."
        raise InputError(
            f"'{name}' is no collection of ours, no folder here and no id of ir_datasets: {hint}"
        )
    return irds.load(name)

"""What a data set's name on a card may mean: the ids of collections that can be opened.

A name alone is no proof. Translations and cleaned copies bear the same names with other data, and
`MSMARCO` is what its author took of it.
"""

import re
from typing import Final, NamedTuple

from harness.collection.known_sets import known_sets


class Meant(NamedTuple):
    """One reading of a printed name.

    Attributes:
        ids: of the collection that `harness.collection.open` opens; of several, in the order in
            which sentence-transformers evaluates them, where the claim is a mean over sets.
        why: what speaks for it, and what is left open.
    """

    ids: tuple[str, ...]
    why: str


_BEIR: Final = {
    "arguana": ("arguana", {"": "arguana", "test": "arguana"}),
    "climatefever": ("climate-fever", {"": "climate-fever", "test": "climate-fever"}),
    "dbpedia": ("dbpedia-entity", {"test": "dbpedia-entity/test", "dev": "dbpedia-entity/dev"}),
    "fever": ("fever", {s: f"fever/{s}" for s in ("test", "dev", "train")}),
    "fiqa": ("fiqa", {s: f"fiqa/{s}" for s in ("test", "dev", "train")}),
    "hotpotqa": ("hotpotqa", {s: f"hotpotqa/{s}" for s in ("test", "dev", "train")}),
    "msmarco": ("msmarco", {}),
    "nfcorpus": ("nfcorpus", {s: f"nfcorpus/{s}" for s in ("test", "dev", "train")}),
    "nq": ("nq", {"": "nq", "test": "nq"}),
    "quora": ("quora", {s: f"quora/{s}" for s in ("test", "dev")}),
    "scidocs": ("scidocs", {"": "scidocs", "test": "scidocs"}),
    "scifact": ("scifact", {s: f"scifact/{s}" for s in ("test", "train")}),
    "touche2020": ("webis-touche2020", {}),
    "treccovid": ("", {"": "trec-covid", "test": "trec-covid"}),
}
"""By the name without its frills: the set in NanoBEIR, and BEIR's ids by split."""

_ALIASES: Final = {
    "dbpediaentity": "dbpedia",
    "fiqa2018": "fiqa",
    "naturalquestions": "nq",
    "quoraretrieval": "quora",
    "touche": "touche2020",
    "webistouche2020": "touche2020",
    "touche2020retrieval": "touche2020",
}

NANO: Final = (
    "climate-fever",
    "dbpedia-entity",
    "fever",
    "fiqa",
    "hotpotqa",
    "msmarco",
    "nfcorpus",
    "nq",
    "quora",
    "scidocs",
    "arguana",
    "scifact",
    "webis-touche2020",
)
"""NanoBEIR's thirteen sets, in the order of sentence-transformers' evaluator."""

_FORUMS: Final = (
    "android",
    "english",
    "gaming",
    "gis",
    "mathematica",
    "physics",
    "programmers",
    "stats",
    "tex",
    "unix",
    "webmasters",
    "wordpress",
)

_TREC_DL: Final = re.compile(r"(?:msmarco|passage)*(?:trec)?dl(?:20)?(19|20|21|22|23)(?:judged)?")
_FRILLS: Final = re.compile(r"^(?:mteb|beir|benchmark)+(?=.)|(?:retrieval|dataset|beir)$")
_MSMARCO: Final = re.compile(r"msmarco(?:passage)?(?:v1)?(?:ranking)?(dev|test)?(small|judged)?")
_LIMITED: Final = re.compile(r"(?<=.)_\d{1,6}$")
"""sentence-transformers puts max_active_dims or truncate_dim behind the name."""

_OTHER_DATA = "by its name; a copy or translation of other data may bear it too"


def plain(name: str) -> str:
    """The letters and digits of a name, without its owner and without a number of dims behind."""
    last = _LIMITED.sub("", name.strip()).rpartition("/")[2]
    return "".join(letter for letter in last.lower() if letter.isalnum())


def collection_of(name: str, split: str = "") -> tuple[Meant, ...]:
    """What a printed name may mean, the likeliest first; () where it says nothing to us.

    Args:
        name: as a card prints it: `NanoMSMARCO`, `MTEB FiQA2018`, `BeIR/nfcorpus`, `msmarco dev`,
            or the id of a collection itself. A mean over sets (`NanoBEIR_mean`) has all their ids.
        split: where the card gives one.
    """
    asked = name.strip()
    if any(asked in one.ids for one in known_sets()):
        return (Meant((asked,), "the id of the collection itself"),)
    wanted = plain(split)
    for found in dict.fromkeys((plain(asked), plain(asked.replace("/", "-")))):
        if len(found) > 100:
            continue
        if found.startswith("nano"):
            return _nano(found.removeprefix("nano"))
        cores = (found,) if _MSMARCO.fullmatch(found) else (found, _FRILLS.sub("", found))
        for core in cores:
            if meant := _plain_name(core, wanted):
                return meant
    return ()


def _nano(core: str) -> tuple[Meant, ...]:
    if core in {"beirmean", "beir"}:
        ids = tuple(f"nano-beir/{one}" for one in NANO)
        return (Meant(ids, "the mean over NanoBEIR's sets; the author may have chosen fewer"),)
    core = core.removeprefix("beir") or core
    for written in (core, core.removesuffix("retrieval")):
        known = _ALIASES.get(written, written)
        if known in _BEIR and (nano := _BEIR[known][0]):
            return (Meant((f"nano-beir/{nano}",), _OTHER_DATA),)
    return ()


def _plain_name(core: str, split: str) -> tuple[Meant, ...]:
    """A name that is not one of NanoBEIR's."""
    if deep := _TREC_DL.fullmatch(core):
        year = f"20{deep[1]}"
        version = "msmarco-passage" if year < "2021" else "msmarco-passage-v2"
        return (Meant((f"{version}/trec-dl-{year}/judged",), _OTHER_DATA),)
    if marco := _MSMARCO.fullmatch(core):
        return _msmarco(marco[1] or "", marco[2] or "", split)
    if core.startswith("cqadupstack"):
        forum = core.removeprefix("cqadupstack").removesuffix("retrieval")
        if forum in _FORUMS:
            return (Meant((f"beir/cqadupstack/{forum}",), _OTHER_DATA),)
        ids = tuple(f"beir/cqadupstack/{one}" for one in _FORUMS)
        return () if forum else (Meant(ids, "the mean over CQADupStack's twelve forums"),)
    base, written = _with_split(core)
    if base == "touche2020" and (written or split) in {"", "test"}:
        first = "mteb and later tables of BEIR take the second version of its judgements"
        return (
            Meant(("beir/webis-touche2020/v2",), first),
            Meant(("beir/webis-touche2020",), "the first version of its judgements"),
        )
    _, splits = _BEIR.get(base, ("", {}))
    wanted = written or split
    known = splits.get(wanted) or ("" if wanted in {"dev", "train"} else splits.get("test"))
    return (Meant((f"beir/{known}",), _OTHER_DATA),) if known else ()


def _with_split(core: str) -> tuple[str, str]:
    """A name and the split that is written behind it: `nfcorpustest`."""
    for split in ("", "test", "dev", "train"):
        written = core.removesuffix(split)
        base = _ALIASES.get(written, written)
        if base in _BEIR and core.endswith(split):
            return base, split
    return core, ""


def _msmarco(written: str, part: str, split: str) -> tuple[Meant, ...]:
    """MS MARCO: what is meant by its name is its author's."""
    small = Meant(
        ("msmarco-passage/dev/small",),
        "6,980 queries over 8.84 million passages, as BEIR, mteb and most papers report it",
    )
    judged = Meant(
        ("msmarco-passage/dev/judged",), "all 55,578 judged queries over 8.84 million passages"
    )
    pool = Meant(
        ("msmarco-pool/hub",),
        "the passages of the first queries of the dev split alone, as some training scripts take",
    )
    deep = Meant(("beir/msmarco/test",), "BEIR's test split: 43 queries of TREC DL 2019, graded")
    asked = written or split
    if asked == "test":
        return (deep,)
    if asked not in {"", "dev", "devsmall", "validation", "eval"}:
        return ()
    if part:
        return (judged,) if part == "judged" else (small,)
    return (small,) if split == "devsmall" else (small, judged, pool)

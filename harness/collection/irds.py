"""Collections of ir_datasets: the only module that imports it, which knows several hundred by name.

It fetches what it needs into IR_DATASETS_HOME (or ~/.ir_datasets) and tells of its progress and of
terms of use on stderr by itself. The text of a document or a query is what it calls
`default_text()` (for most collections the text, for some, as BEIR's, the title, a space and the
text), or the field `text` where it has no opinion (BRIGHT's queries).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.collection import Collection, Doc, Query, irds_files
from harness.data.qrels import Judgement, Qrels
from harness.errors import InputError, UnreachableError
from harness.system.network import REASON, NotAskedError, asking


@dataclass(frozen=True)
class IrdsCorpus:
    """The documents of a dataset, streamed anew by every iteration."""

    name: str
    dataset: Any  # ir_datasets has no types

    def __iter__(self) -> Iterator[Doc]:
        with _reached(self.name):
            for doc in self.dataset.docs_iter():
                yield Doc(doc.doc_id, _text(self.name, doc))


def _ir_datasets() -> Any:  # noqa: ANN401 - ir_datasets has no types
    """The library, whose downloads begin only where a network may be asked."""
    import ir_datasets
    from ir_datasets.util import download as theirs

    for kind in theirs.BaseDownload.__subclasses__():
        if kind is not theirs.LocalDownload:
            kind.stream = asking(kind.stream)
    return ir_datasets


def names() -> tuple[str, ...]:
    """Every id that ir_datasets has a record of."""
    return tuple(_ir_datasets().registry)


def knows(name: str) -> bool:
    """Whether ir_datasets has a collection of this id, or a pattern that makes one."""
    try:
        _ir_datasets().load(name)
    except KeyError:
        return False
    return True


def load(name: str) -> Collection:
    """The collection that ir_datasets knows by this id.

    Raises:
        InputError: it has no documents, queries or judgements, or contradictory judgements.
        UnreachableError: it is not on this machine and cannot be fetched.
    """
    dataset = _ir_datasets().load(name)
    kinds = {"documents": "docs", "queries": "queries", "judgements": "qrels"}
    lacking = [noun for noun, kind in kinds.items() if not dataset.has(kind)]
    if lacking:
        raise InputError(
            f"'{name}' of ir_datasets has no {' and no '.join(lacking)}{_whole_parts(name)}."
        )
    with _reached(name):
        queries = tuple(
            Query(query.query_id, _text(name, query)) for query in dataset.queries_iter()
        )
        rows = ((qrel.query_id, qrel.doc_id, qrel.relevance) for qrel in dataset.qrels_iter())
        qrels, repeated = _qrels(name, rows)
    facts = (f"{repeated} judgements stand twice with one grade; each counts once.",)
    return Collection(
        name, IrdsCorpus(name, dataset), queries, qrels, facts=facts if repeated else ()
    )


def download(name: str, part: str, terms: str) -> Path:
    """One file that a dataset is made of, fetched and verified as ir_datasets' record of it says.

    Args:
        name: the dataset.
        part: the file's key in that record.
        terms: of use, said when the file is fetched.

    Raises:
        UnreachableError: it is not on this machine and cannot be fetched, or is another file.
    """
    with _reached(name):
        return Path(_record(name, part, terms).path())


def has_download(name: str, part: str) -> bool:
    """Whether that file is on this machine already; nothing is fetched."""
    if not (irds_files.home() / name).is_dir():
        return False
    return Path(_record(name, part).path(force=False)).is_file()


def has_documents(name: str) -> bool | None:
    """Whether a dataset's documents are on this machine; None where ir_datasets does not say.

    Nothing is fetched.
    """
    known = irds_files.are_here(name)
    if known is not None:
        return known
    path = getattr(_ir_datasets().load(name), "docs_path", None) if knows(name) else None
    try:
        return None if path is None else Path(path(force=False)).exists()
    # It can only be asked by fetching, or wants a link put there.
    except (TypeError, OSError, NotAskedError):
        return None


def _record(name: str, part: str, terms: str = "") -> Any:  # noqa: ANN401 - ir_datasets has no types
    from ir_datasets.util import DownloadConfig

    _ir_datasets()
    return DownloadConfig.context(name, irds_files.home() / name, dua=terms or None)[part]


def _qrels(name: str, rows: Iterable[tuple[str, str, int]]) -> tuple[Qrels, int]:
    """The judgements, and how many of them only repeat an earlier one."""
    judged: dict[str, dict[str, int]] = {}
    repeated = 0
    for query_id, doc_id, grade in rows:
        grades = judged.setdefault(query_id, {})
        repeated += doc_id in grades
        if grades.setdefault(doc_id, grade) != grade:
            raise InputError(
                f"'{name}' judges document '{doc_id}' for query '{query_id}' twice and "
                "differently (by subtopics?), so there is no single grade to score with."
            )
    return (
        Qrels(
            {
                query_id: tuple(Judgement(*grade) for grade in grades.items())
                for query_id, grades in judged.items()
            }
        ),
        repeated,
    )


def _text(name: str, record: object) -> str:
    own = getattr(record, "default_text", None)
    text = own() if own else getattr(record, "text", None)
    if not isinstance(text, str):
        raise InputError(
            f"'{name}' keeps {type(record).__name__} records, which have no one text to encode."
        )
    return text


def _whole_parts(name: str) -> str:
    """A hint at the subsets of a dataset that can be evaluated."""
    whole = [
        part
        for part in names()
        if part.startswith(f"{name}/")
        and all(_ir_datasets().load(part).has(kind) for kind in ("docs", "queries", "qrels"))
    ]
    return f"; parts of it that have all: {', '.join(whole[:6])}" if whole else ""


@contextmanager
def _reached(name: str) -> Iterator[None]:
    """Turn the many ways in which ir_datasets fails to get its files into one sentence."""
    try:
        yield
    except ImportError as error:
        raise UnreachableError(
            f"'{name}' needs a package that ir_datasets leaves optional: {error}; install it."
        ) from error
    except NotAskedError as error:
        raise UnreachableError(
            f"'{name}' is not all on this machine ({str(error)[:160]}) and {REASON}: allow the "
            "network, or point IR_DATASETS_HOME at a folder where it has been fetched before."
        ) from error
    # A failed download is one of requests' errors or a wrong hash (both OSErrors); several failed
    # mirrors, a full disk and a damaged file are RuntimeErrors.
    except (OSError, RuntimeError) as error:
        raise UnreachableError(
            f"'{name}' could not be fetched or read by ir_datasets ({_reason(error)}): check the "
            "network, or point IR_DATASETS_HOME at a folder where it has been fetched before."
        ) from error


def _reason(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__

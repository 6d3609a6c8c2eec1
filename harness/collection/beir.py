"""A folder in BEIR's layout: corpus.jsonl, queries.jsonl and qrels/<split>.tsv.

====================  ==============================================================
`corpus.jsonl`        one document a line: {"_id": ..., "title": ..., "text": ...}
`queries.jsonl`       one query a line: {"_id": ..., "text": ...}
`qrels/<split>.tsv`   `query-id`, `corpus-id`, `score`, with that header
====================  ==============================================================

Both .jsonl files may be gzipped instead (.jsonl.gz). As BEIR's own encoders do, a document's text
is its title, a space and its text where it has a title, without white space at either end; and of
the queries, which all splits share, those that the split judges are asked.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.collection import Collection, Doc, Query
from harness.errors import InputError, UnreachableError


@dataclass(frozen=True)
class BeirCorpus:
    """The documents of a corpus file, read anew by every iteration."""

    path: Path

    def __iter__(self) -> Iterator[Doc]:
        for place, record in _records(self.path):
            title = record.get("title") or ""
            if not isinstance(title, str):
                raise InputError(f"{place}: 'title' must be a string.")
            text = _string(record, "text", place)
            yield Doc(_id(record, place), f"{title} {text}".strip())


def load(folder: Path, split: str = "", name: str = "") -> Collection:
    """The collection in a folder.

    Args:
        folder: holds the files above.
        split: which judgements; "" takes `test`, or the only ones there are.
        name: the collection's id; "" takes the folder's path.

    Raises:
        InputError: a file is missing, empty or damaged, or the split is not there or not clear.
        UnreachableError: a file may not be read.
    """
    from harness.data.trec import read_qrels  # takes numpy, which to list collections needs not

    corpus = BeirCorpus(_existing(folder, "corpus.jsonl"))
    queries = _existing(folder, "queries.jsonl")
    qrels = read_qrels(_qrels_path(folder, split))
    asked = tuple(
        Query(query_id, _string(record, "text", place))
        for place, record in _records(queries)
        if (query_id := _id(record, place)) in qrels.by_query
    )
    return Collection(name or str(folder), corpus, asked, qrels)


def _existing(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputError(
        f"{folder} has no {name}: a BEIR folder holds corpus.jsonl, queries.jsonl and qrels/*.tsv."
    )


def _qrels_path(folder: Path, split: str) -> Path:
    paths = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv"))}
    if not paths:
        raise InputError(f"{folder} has no judgements: put them in {folder / 'qrels'}/<split>.tsv.")
    chosen = split or ("test" if "test" in paths else "")
    if not chosen and len(paths) == 1:
        return next(iter(paths.values()))
    if chosen not in paths:
        missing = f"no split '{chosen}'" if chosen else "several splits and none is 'test'"
        raise InputError(f"{folder} has {missing}: write {folder}:<one of {', '.join(paths)}>.")
    return paths[chosen]


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's record, with its place for the sentence of an error."""
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                place = f"{path}, line {number}"
                yield place, _object(line, place)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path} is damaged after line {number}: {error}.") from error
    except OSError as error:
        raise UnreachableError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not number:
        raise InputError(f"{path} is empty.")


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place} is not JSON: {error}.") from None
    if not isinstance(record, dict):
        raise InputError(f"{place} is not a JSON object with an '_id' and a 'text'.")
    return record


def _id(record: dict[str, Any], place: str) -> str:
    value = _string(record, "_id", place)
    if not value:
        raise InputError(f"{place}: '_id' is empty.")
    return value


def _string(record: dict[str, Any], key: str, place: str) -> str:
    if key not in record:
        raise InputError(f"{place} has no '{key}'.")
    value = record[key]
    if not isinstance(value, str):
        raise InputError(f"{place}: '{key}' is {json.dumps(value)[:40]} and must be a string.")
    return value

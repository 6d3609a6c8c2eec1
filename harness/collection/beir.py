"""A folder in BEIR's layout: corpus.jsonl, queries.jsonl and qrels/<split>.tsv.

====================  ==============================================================
`corpus.jsonl`        one document a line: {"_id": ..., "title": ..., "text": ...}
`queries.jsonl`       one query a line: {"_id": ..., "text": ...}
`qrels/<split>.tsv`   `query-id`, `corpus-id`, `score`, with that header
====================  ==============================================================

All may be gzipped instead (.jsonl.gz, .tsv.gz). As BEIR's own encoders do, a document's text
is its title, a space and its text where it has a title, without white space at either end; and of
the queries, which all splits share, those that the split judges are asked.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.collection import Collection, Doc, Query
from harness.data.text_lines import blocks
from harness.errors import InputError
from harness.system.foreign_files import check_regular, is_file, is_folder
from harness.system.json_files import parse_json

_RECORD: Final = 64_000_000
"""The most bytes of one document or query; a long book has one or two millions."""


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
        if is_file(path):
            return path
    raise InputError(
        f"{folder} has no {name}: a BEIR folder holds corpus.jsonl, queries.jsonl and qrels/*.tsv."
    )


def _qrels_path(folder: Path, split: str) -> Path:
    listed = sorted((folder / "qrels").glob("*.tsv*")) if is_folder(folder / "qrels") else []
    splits = ((path.name.removesuffix(".gz").removesuffix(".tsv"), path) for path in listed)
    paths: dict[str, Path] = {}
    for stem, path in splits:
        if path.name in {f"{stem}.tsv", f"{stem}.tsv.gz"}:
            paths.setdefault(stem, path)  # of a file and its packed copy the plain one
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
    check_regular(path)  # since it is read more than once; a pipe would be empty by then
    for first, block in blocks(path, _RECORD):
        for number, line in enumerate(block[:-1].split(b"\n"), first):
            place = f"{path}, line {number}"
            yield place, _object(line, place)


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        record = parse_json(line)
    except json.JSONDecodeError as error:  # whose own line is always 1
        raise InputError(f"{place} is not JSON: {error.msg} at column {error.colno}.") from None
    except ValueError as error:
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

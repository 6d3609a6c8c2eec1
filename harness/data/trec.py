"""TREC and BEIR text files: runs and relevance judgements, plain or gzipped.

======  =========================================  ==========================================
run     `query Q0 doc rank score tag`              the second and the rank column are ignored
qrels   `query 0 doc grade`                        the second column is ignored
BEIR    `query-id corpus-id score`, tabs, header   a qrels file of a BEIR folder
======  =========================================  ==========================================

TREC columns are separated by ASCII white space, as in trec_eval, so an id may hold a no-break
space. A byte order mark at the start of a file is no part of the first id.
"""

import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.data.run_ids import decoded, encoded
from harness.data.text_lines import blocks, naming
from harness.errors import InputError
from harness.system.atomic import writing

BEIR_HEADER = b"query-id\tcorpus-id\tscore"


class _Text(dict[bytes, str]):
    """One shared string for each id, decoded when it is first met."""

    def __missing__(self, raw: bytes) -> str:
        text = self[raw] = raw.decode()
        return text


def read_run(path: Path | str) -> Run:
    """Read a TREC run; each ranking keeps the order of its lines (see `Run.ordered`).

    Raises:
        InputError: no such file, or it is empty, damaged or no run; a document twice in a ranking.
        UnreachableError: the file cannot be read.
    """
    text = _Text()
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    queries: list[npt.NDArray[np.int64]] = []
    scores: list[npt.NDArray[np.float64]] = []
    doc_ids: list[str] = []
    tag = ""
    for first, block in blocks(path):
        try:
            query, doc, score, tags = _columns(block)
            tag = tag or text[tags[0]]
            scores.append(_numbers_of(score))
            found = map(numbers.__getitem__, map(text.__getitem__, query))
            queries.append(np.fromiter(found, np.int64, len(query)))
            doc_ids.extend(map(text.__getitem__, doc))
            sound = {tag.encode()} == {*tags}
        except ValueError:
            sound = False
        if not sound:  # now, and only now, look at the lines one by one
            for line, raw in enumerate(block[:-1].split(b"\n"), first):
                with naming(path, line):
                    tag = _check_run_row(raw.split(), tag)
            raise InputError(f"{path} holds a NUL byte after line {first - 1}.")
    query_of = np.concatenate(queries)
    try:
        run = _grouped(tag, tuple(numbers), query_of, doc_ids, np.concatenate(scores))
    except InputError as error:
        line = _second_mention(zip(query_of.tolist(), doc_ids, strict=True))
        raise InputError(f"{path}, line {line}: {error}") from None
    try:
        return decoded(run)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def read_qrels(path: Path | str) -> Qrels:
    """Read relevance judgements in TREC's four columns or BEIR's three (told by its header).

    Raises:
        InputError: no such file, or it is empty, damaged or no qrels; a pair judged twice.
        UnreachableError: the file cannot be read.
    """
    judged: defaultdict[str, dict[str, int]] = defaultdict(dict)
    beir = False
    for first, block in blocks(path):
        if first == 1:
            beir = block.split(b"\n", 1)[0].rstrip() == BEIR_HEADER
        for line, raw in enumerate(block[:-1].split(b"\n"), first):
            if beir and line == 1:
                continue
            with naming(path, line):
                row = raw.rstrip(b"\r").split(b"\t") if beir else raw.split()
                query_id, doc_id, grade = _check_qrels_row(row, beir=beir)
                if doc_id in judged[query_id]:
                    raise ValueError(f"document '{doc_id}' is judged twice for query '{query_id}'")
                judged[query_id][doc_id] = grade
    if not judged:
        raise InputError(f"{path} holds a header and no judgement.")
    return Qrels({q: tuple(map(Judgement, d, d.values())) for q, d in judged.items()})


def write_run(run: Run, target: Path | str | TextIO) -> None:
    """Write a run so that `read_run` gives it back, scores to the last bit.

    Ranks count from 1 in the run's order. A query with an empty ranking leaves no line, as the
    format has no way to say it: when scored it is unanswered with the file as without. A path that
    ends in `.gz` is written gzipped, with no time stamp in it. Ids that the format cannot hold are
    encoded (`harness.data.run_ids`).

    Raises:
        InputError: the tag is empty or holds white space, or an id is no UTF-8.
        UnreachableError: the file cannot be written.
    """
    run = encoded(run)
    columns = (("tag", (run.tag,)), ("query id", run.query_ids), ("document id", run.doc_ids))
    for what, names in columns:
        for name in set(names):
            if not _is_one_column(name):
                raise InputError(
                    f"A TREC run cannot hold the {what} {name!r}: white space splits it."
                )
    if not isinstance(target, Path | str):
        target.writelines(_texts(run))
        return
    with writing(target) as raw:
        if str(target).endswith(".gz"):
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as stream:
                stream.writelines(text.encode() for text in _texts(run))
        else:
            raw.writelines(text.encode() for text in _texts(run))


def _texts(run: Run) -> Iterator[str]:
    for query_id, (start, end) in zip(run.query_ids, run.spans(), strict=True):
        lines = zip(run.doc_ids[start:end], run.scores[start:end].tolist(), strict=True)
        yield "".join(
            f"{query_id} Q0 {doc_id} {rank} {score!r} {run.tag}\n"
            for rank, (doc_id, score) in enumerate(lines, 1)
        )


def _is_one_column(name: str) -> bool:
    try:
        raw = name.encode()
    except UnicodeEncodeError:  # half a surrogate pair, out of a careless JSON file
        return False
    return raw.split() == [raw]


def _grouped(
    tag: str,
    query_ids: tuple[str, ...],
    query_of: npt.NDArray[np.int64],
    doc_ids: list[str],
    scores: npt.NDArray[np.float64],
) -> Run:
    """The run of these lines; a file may return to a query that it has left (merged runs do)."""
    if (query_of[1:] < query_of[:-1]).any():
        order = np.argsort(query_of, kind="stable")
        doc_ids, scores = list(map(doc_ids.__getitem__, order.tolist())), scores[order]
    offsets = np.concatenate(([0], np.cumsum(np.bincount(query_of)))).astype(np.int64)
    return Run(tag, query_ids, offsets, tuple(doc_ids), scores)


def _second_mention(pairs: Iterable[tuple[int, str]]) -> int:
    """The number, from 1, of the first pair that was there before."""
    seen: set[tuple[int, str]] = set()
    line = 0
    for pair in pairs:
        line += 1
        if pair in seen:
            break
        seen.add(pair)
    return line


def _columns(block: bytes) -> list[list[bytes]]:
    """Query, document, score and tag of each line of a run, or a ValueError.

    One split of the whole block is three times faster than one for each line. A line feed becomes
    a column of its own, so that a line of five columns and one of seven do not make up for each
    other.
    """
    words = block.replace(b"\n", b" \0 ").split()
    lines = block.count(b"\n")
    if len(words) != 7 * lines or words[6::7].count(b"\0") != lines:
        raise ValueError(len(words))
    return [words[column::7] for column in (0, 2, 4, 5)]


def _numbers_of(column: list[bytes]) -> npt.NDArray[np.float64]:
    """The scores of a column, or a ValueError; Python would read `1_0` as 10, and `nan` gladly."""
    values = np.fromiter(map(float, column), np.float64, len(column))
    if b"_" in b"".join(column) or not np.isfinite(values).all():
        raise ValueError(column)
    return values


def _check_run_row(row: list[bytes], tag: str) -> str:
    """The tag of one line of a run, which is `tag` unless it is the first, or a ValueError."""
    if len(row) != 6:
        raise ValueError(f"{len(row)} columns where a run has 6 (query Q0 doc rank score tag)")
    query, _, doc, _, score, own_tag = (column.decode() for column in row)
    try:
        _numbers_of([row[4]])
    except ValueError:
        raise ValueError(
            f"query '{query}' gives document '{doc}' the score '{score}', no finite number"
        ) from None
    if tag not in {"", own_tag}:
        raise ValueError(
            f"the tag '{own_tag}' where the first line has '{tag}'; a file holds one run"
        )
    return own_tag


def _check_qrels_row(row: list[bytes], *, beir: bool) -> tuple[str, str, int]:
    """Query id, document id and grade of one line of qrels, or a ValueError that says why not."""
    if len(row) != (3 if beir else 4):
        expected = "3 (query-id, corpus-id, score)" if beir else "4 (query 0 doc grade)"
        hint = "" if beir else "; a BEIR file begins with the line query-id, corpus-id, score"
        raise ValueError(f"{len(row)} columns where qrels have {expected}{hint}")
    if not all(row):
        raise ValueError("an empty column")
    query, *_, doc, grade = (column.decode() for column in row)
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", grade):
        raise ValueError(
            f"the grade '{grade}' of document '{doc}' for query '{query}' is no integer"
        )
    return query, doc, int(grade)

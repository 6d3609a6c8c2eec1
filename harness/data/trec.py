"""TREC and BEIR text files: runs and relevance judgements, plain or gzipped.

======  =========================================  ==========================================
run     `query Q0 doc rank score tag`              the second and the rank column are ignored
qrels   `query 0 doc grade`                        the second column is ignored
BEIR    `query-id corpus-id score`, tabs, header   a qrels file of a BEIR folder
======  =========================================  ==========================================

TREC columns are separated by ASCII white space, as in trec_eval, so an id may hold a no-break
space. A byte order mark at the start of a file is no part of the first id. Lines that begin with
`#` are comments (ir_metadata writes a header of them into runs).
"""

import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from harness.data.qrels import Judgement, Qrels
from harness.data.run import Run
from harness.data.run_ids import decoded, encoded
from harness.data.run_notes import Notes, has_comment
from harness.data.text_lines import blocks, naming
from harness.data.trec_columns import (
    check_qrels_row,
    columns,
    first_fault,
    numbers_of,
    second_mention,
)
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

    As trec_eval 10 does, blank lines and lines that begin with `#` are passed over. The tag is that
    of the first line; others may follow.

    Raises:
        InputError: no such file, or it is empty, damaged or no run; a document twice in a ranking.
        UnreachableError: the file cannot be read.
    """
    text = _Text()
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    queries: list[npt.NDArray[np.int64]] = []
    scores: list[npt.NDArray[np.float64]] = []
    doc_ids: list[str] = []
    notes = Notes()
    tag = ""
    for first, block in blocks(path):
        rows = notes.left_out(block, first) if has_comment(block) else block
        found = columns(rows)
        if found is None and rows is block:
            rows = notes.left_out(block, first)  # there may be blank lines
            found = columns(rows)
        if found is None:
            raise first_fault(path, first, block)
        if not rows:
            continue
        query, doc, score, tags = found
        try:
            tag = tag or text[tags[0]]
            scores.append(numbers_of(score))
            places = map(numbers.__getitem__, map(text.__getitem__, query))
            queries.append(np.fromiter(places, np.int64, len(query)))
            doc_ids.extend(map(text.__getitem__, doc))
        except ValueError:
            raise first_fault(path, first, block) from None
    if not queries:
        raise InputError(f"{path} holds comments or blank lines, and no ranking.")
    query_of = np.concatenate(queries)
    try:
        run = _grouped(tag, tuple(numbers), query_of, doc_ids, np.concatenate(scores))
    except InputError as error:
        row = second_mention(zip(query_of.tolist(), doc_ids, strict=True))
        raise InputError(f"{path}, line {notes.line_of(row)}: {error}") from None
    try:
        run = decoded(run)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return replace(run, comments=notes.header(path)) if notes.at_start else run


def read_qrels(path: Path | str) -> Qrels:
    """Read relevance judgements in TREC's four columns or BEIR's three (told by its header).

    As trec_eval 10 does, blank lines are passed over, and in TREC's format lines that begin with
    `#`. A judgement that is repeated counts once, as it does from ir_datasets.

    Raises:
        InputError: no such file, or it is empty, damaged or no qrels; a pair judged twice and
            differently.
        UnreachableError: the file cannot be read.
    """
    judged: defaultdict[str, dict[str, int]] = defaultdict(dict)
    beir = False
    for first, block in blocks(path):
        if first == 1:
            beir = block.split(b"\n", 1)[0].rstrip() == BEIR_HEADER
        for line, raw in enumerate(block[:-1].split(b"\n"), first):
            if (beir and line == 1) or not raw.strip() or (raw.startswith(b"#") and not beir):
                continue
            with naming(path, line):
                row = raw.rstrip(b"\r").split(b"\t") if beir else raw.split()
                query_id, doc_id, grade = check_qrels_row(row, beir=beir)
                if (before := judged[query_id].setdefault(doc_id, grade)) != grade:
                    raise ValueError(
                        f"document '{doc_id}' is judged twice for query '{query_id}', first "
                        f"{before} and here {grade}"
                    )
    if not judged:
        what = "a header" if beir else "comments or blank lines"
        raise InputError(f"{path} holds {what} and no judgement.")
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
    yield from (f"{comment}\n" for comment in run.comments)
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

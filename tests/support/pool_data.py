"""A small pool in both of its sources' shapes: the hub's parquet files and Microsoft's JSON.

`pool/rows.jsonl` holds 36 queries of the sampler with candidate passages and every oddity of the
real data: a passage that is relevant twice, a candidate that stands twice, one that is relevant
and not, one that is relevant to another query, a query without negatives, faulty encoding. The
parquet shards beside it were written by pyarrow as the library `datasets` does (list<string>, two
shards, several row groups); what they must be read back as stands in `rows.jsonl`.
"""

import gzip
import json
import shutil
from hashlib import md5
from pathlib import Path

HERE = Path(__file__).parent / "pool"
ROWS = tuple(json.loads(line) for line in (HERE / "rows.jsonl").read_text("utf-8").splitlines())


def save_data_set(folder: Path) -> Path:
    """A repository on the hub in the shape of rasyosef/msmarco, with a split that is not wanted."""
    (folder / "data").mkdir(parents=True)
    for path in sorted(HERE.glob("*.parquet")):
        shutil.copy(path, folder / "data")
    (folder / "data" / "train-00000-of-00001.parquet").write_bytes(b"not to be fetched")
    return folder


def save_qna(path: Path) -> Path:
    """MS MARCO QnA's file: columns by keys, selected passages anywhere, queries without any."""
    columns = {
        column: {}
        for column in (
            "answers",
            "passages",
            "query",
            "query_id",
            "query_type",
            "wellFormedAnswers",
        )
    }
    entries = []
    for row in ROWS:
        half = len(row["negatives"]) // 2
        marked = [(0, t) for t in row["negatives"][:half]] + [(1, t) for t in row["positives"]]
        marked += [(0, text) for text in row["negatives"][half:]]
        entries.append((row["query_id"], row["query"], marked))
        unanswered = [(0, f"About {row['query_id']}, of no use."), (0, 'With "quotes" \\ and é.')]
        entries.append((row["query_id"] + 1, "without an answer", unanswered))
    for key, (query_id, query, marked) in enumerate(entries):
        columns["answers"][str(key)] = ["No Answer Present."]
        columns["passages"][str(key)] = [
            {"is_selected": selected, "passage_text": text, "url": "http://example.org/"}
            for selected, text in marked
        ]
        columns["query"][str(key)] = query
        columns["query_id"][str(key)] = query_id
        columns["query_type"][str(key)] = "DESCRIPTION"
        columns["wellFormedAnswers"][str(key)] = "[]"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        json.dump(columns, stream)
    return path


def notebook(first: int) -> tuple[dict[int, str], dict[str, str], dict[int, list[str]]]:
    """Queries, corpus and relevant documents as the author's notebook makes them of its rows."""
    rows = ROWS[:first]
    texts = [text for row in rows for text in (*row["positives"], *row["negatives"])]
    corpus = {md5(text.encode()).hexdigest(): text for text in texts}
    relevant = {
        row["query_id"]: [md5(text.encode()).hexdigest() for text in row["positives"]]
        for row in rows
    }
    return {row["query_id"]: row["query"] for row in rows}, corpus, relevant

"""The texts that the benchmarks run on."""

import gzip
import json
from pathlib import Path

DL_POOL = Path(__file__).parents[2] / "shared/collections/msmarco-dl-pool/corpus.jsonl.gz"
"""28,606 MS MARCO v1 passages; not obtainable by a user, so InsuranceQA stands in elsewhere."""


def texts(kind: str, count: int) -> list[str]:
    """`count` short passages (60 words on average) or long ones (192), spread over their source."""
    from harness.collection.open import open_collection

    if kind == "long":
        found = [doc.text for doc in open_collection("crowdrag-25").corpus]
    elif DL_POOL.is_file():
        with gzip.open(DL_POOL, "rt", encoding="utf-8") as stream:
            found = [json.loads(line)["text"] for line in stream]
    else:
        found = [doc.text for doc in open_collection("insuranceqa").corpus]
    return found[:: max(1, len(found) // count)][:count]

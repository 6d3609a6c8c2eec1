"""Remake the table of facts of known retrieval sets (harness/collection/known_sets.tsv).

    pip download mteb==2.26.24 --no-deps -d /tmp/mteb
    python -m benchmarks.known_sets /tmp/mteb/mteb-2.26.24-py3-none-any.whl

Numbers and names only, from three places: the descriptive statistics in mteb's wheel, the counts
that ir_datasets documents (etc/metadata.json of the package that is installed), and our own
collections. Sets with the same numbers stand in one row, as no arithmetic tells them apart.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path
from typing import NamedTuple

from harness.collection import irds

TABLE = Path(__file__).parent.parent / "harness" / "collection" / "known_sets.tsv"
STATISTICS = "mteb/descriptive_stats/Retrieval/"
SUBSETS = 4
"""A task with more subsets of the same numbers than this is named without them."""

OWN = {
    # The pool of queries with an "Unknown" data set; its judgements are not counted here.
    "msmarco-pool/hub": (5_000, 49_036, None, None),
    "msmarco-pool/qna": (5_000, 49_036, None, None),
    "crowdrag-25": (301, 6_011, 3_599, 20),
    "insuranceqa": (2_000, 27_413, 3_308, 10),
    "insuranceqa/valid": (2_000, 27_413, 3_354, 11),
}
"""Our own collections, counted from them: queries, documents, relevant judgements in all and at
most for one query."""


class Facts(NamedTuple):
    """Numbers that tell a set: queries, documents, relevant judgements in all."""

    queries: int
    documents: int
    relevant: int | None


def of_mteb(wheel: Path) -> Iterator[tuple[Facts, int, tuple[str, str, str]]]:
    """Facts, most judged for one query, and (task, split, subset) of each set of text."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if not name.startswith(STATISTICS) or not name.endswith(".json"):
                continue
            task = name.removeprefix(STATISTICS).removesuffix(".json")
            for split, whole in json.loads(archive.read(name)).items():
                subsets = whole.get("hf_subset_descriptive_stats") or {"": whole}
                for subset, numbers in subsets.items():
                    facts = _of_statistics(numbers)
                    if facts is not None:
                        most = numbers["relevant_docs_statistics"]["max_relevant_docs_per_query"]
                        yield facts, most, (task, split, subset)


def _of_statistics(numbers: dict) -> Facts | None:
    """None for sets that are not of text alone.

    Older files lack the counts, and some have them swapped: what the averages were divided by is
    always right.
    """
    documents, relevant = numbers["documents_text_statistics"], numbers["relevant_docs_statistics"]
    other = [
        key
        for key, value in numbers.items()
        if value and key.startswith(("documents_", "queries_")) and "_text_" not in key
    ]
    if documents is None or numbers["queries_text_statistics"] is None or other:
        return None
    total = relevant["num_relevant_docs"]
    return Facts(
        round(total / relevant["average_relevant_docs_per_query"]),
        round(documents["total_text_length"] / documents["average_text_length"]),
        total,
    )


def of_ir_datasets() -> Iterator[tuple[Facts, str]]:
    """Facts and id of each data set whose queries all have judgements, as far as one sees."""
    text = resources.files("ir_datasets").joinpath("etc/metadata.json").read_text()
    about = json.loads(text)

    def part(name: str, what: str) -> dict:
        found = about[name].get(what) or {}
        while "_ref" in found:
            found = about[found["_ref"]].get(what) or {}
        return found

    # It documents two that it cannot open.
    for name in sorted({*about} & {*irds.names()}):
        documents, queries = part(name, "docs").get("count"), part(name, "queries").get("count")
        grades = part(name, "qrels").get("fields", {}).get("relevance", {}).get("counts_by_value")
        if not documents or not queries or not grades or f"{name}/judged" in about:
            continue
        relevant = sum(n for grade, n in grades.items() if float(grade) > 0)
        if relevant >= queries:
            yield Facts(queries, documents, relevant), name


def rows(wheel: Path) -> list[str]:
    """Lines of the table, by the number of queries."""
    ids: dict[Facts, list[str]] = defaultdict(list)
    tasks: dict[Facts, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    most: dict[Facts, set[int]] = defaultdict(set)
    for name, (queries, documents, relevant, largest) in OWN.items():
        facts = Facts(queries, documents, relevant)
        ids[facts].append(name)
        most[facts] |= {largest} - {None}
    for facts, name in of_ir_datasets():
        ids[facts].append(name)
    for facts, largest, (task, split, subset) in of_mteb(wheel):
        tasks[facts][task, split].append(subset)
        most[facts].add(largest)
    return [
        "\t".join(
            (
                str(facts.queries),
                str(facts.documents),
                str(facts.relevant or ""),
                str(max(most[facts], default="")),
                " ".join(ids[facts]),
                " ".join(_task(*key, subsets) for key, subsets in tasks[facts].items()),
            )
        )
        for facts in sorted({*ids, *tasks}, key=lambda facts: (*facts[:2], facts.relevant or 0))
    ]


def _task(task: str, split: str, subsets: list[str]) -> str:
    """`MIRACLRetrieval:dev:ar,bn`; no subsets where there is one without a name, or too many."""
    listed = [subset for subset in subsets if subset not in {"", "default"}]
    names = ",".join(listed) if len(listed) <= SUBSETS else f"({len(listed)} subsets)"
    text = f"{task}:{split}" + (f":{names}" if names else "")
    return text.replace(" ", "_")


def main() -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="of mteb, as pip download leaves it")
    options = parser.parse_args()
    digest = hashlib.sha256(options.wheel.read_bytes()).hexdigest()
    head = (
        "# Facts of known retrieval sets; remade by `python -m benchmarks.known_sets WHEEL`.",
        f"# {options.wheel.name}, sha256 {digest}: descriptive statistics",
        f"# ir_datasets {metadata.version('ir_datasets')}: etc/metadata.json",
        "queries\tdocuments\trelevant\tmost\tids\ttasks",
    )
    lines = rows(options.wheel)
    TABLE.write_text("\n".join((*head, *lines)) + "\n", encoding="utf-8")
    print(f"{len(lines)} rows, {TABLE.stat().st_size:,} bytes in {TABLE}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

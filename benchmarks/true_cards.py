"""Correct cards must hold, and cards moved outward must not: sentence-transformers' own 20 digits.

    python -m benchmarks.true_cards [--cards 300] [--seed N] [--share 1.0] [--folder F]

Its evaluator (with its own float32 sums) scores random parts of CrowdRAG-25 by splade-tiny's
vectors, which it is handed: ours, those of other matrix products, and its own. Each card's numbers
are judged as published numbers beside our evaluation of the same part with our vectors: none may be
called off. Then every number is moved outward by ten half-widths of its interval, at least 1e-6
relative, and each must be called off. `--folder` keeps the vectors for the next time.
"""

import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import numpy as np

from benchmarks.machine import describe, table
from benchmarks.true_card_parts import Table, card, collection_of, draw, tables
from benchmarks.true_card_vectors import COLLECTION, MODEL, OURS, WAYS

OUTWARD = 10
"""Half-widths of its interval by which a number is moved, to be called off."""

LEAST = 1e-6
"""The least of that, relative."""


def judge(collection, ours: Table, encoder, printed: Mapping[str, float]):
    """Our evaluation, and the verdicts on the printed numbers."""
    from harness.collection.check import check_collection
    from harness.experiment.sections import EvaluationSpec
    from harness.pipeline.evaluate import evaluate

    found = evaluate(check_collection(collection), encoder, EvaluationSpec(), store=ours, threads=2)
    return found, verdicts(found, printed)


def verdicts(found, printed: Mapping[str, float]) -> tuple:
    """Numbers as a card prints them, judged as a result of this evaluation judges them."""
    from harness.claims.compare import compare
    from harness.experiment.evidence import PublishedSpec

    values = {key: repr(value) for key, value in printed.items()}
    claimed = PublishedSpec(source="the evaluator's own", exact=True, values=values)
    return compare(found.scores, claimed.numbers, (), found.intervals)


def half_width(found, key: str) -> float:
    """Half the interval that our evaluation states for a number; 0 where it states none."""
    interval = found.intervals.get(key)
    return (interval.high - interval.low) / 2 if interval else 0.0


def outward(found, printed: Mapping[str, float]) -> dict[str, float]:
    """The printed numbers, each moved away from ours, or the other way where its scale ends."""
    moved = {}
    for key, value in printed.items():
        half = half_width(found, key)
        step = max(OUTWARD * half, LEAST * (value or 1.0))
        up = value >= found.scores[key]
        top = 1.0 if "@" in key or key.endswith("ratio") else np.inf
        if (up and value + step > top) or (not up and value - step < 0):
            up = not up
        if 0 <= (there := value + step if up else value - step) <= top:
            moved[key] = there
    return moved


@dataclass
class Tally:
    """What the campaign counts."""

    cards: int = 0
    off: Counter = field(default_factory=Counter)
    off_cards: int = 0
    close: Counter = field(default_factory=Counter)
    kept: Counter = field(default_factory=Counter)
    moved: int = 0
    apart: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    width: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, found, printed: Mapping[str, float], judged) -> None:
        """Count one card."""
        self.cards += 1
        off = [one.measure for one in judged if one.verdict == "off"]
        self.off.update(off)
        self.off_cards += bool(off)
        self.close.update(one.measure for one in judged if one.verdict == "close")
        moved = outward(found, printed)
        self.moved += len(moved)
        after = verdicts(found, moved)
        self.kept.update(one.measure for one in after if one.verdict in ("match", "close"))
        for key, value in printed.items():
            ours = found.scores[key]
            self.apart[key] = max(self.apart[key], abs(ours - value) / (abs(value) or 1.0))
            half = half_width(found, key)
            self.width[key] = max(self.width[key], half / (abs(ours) or 1.0))

    def rows(self) -> list[dict[str, str]]:
        """A row for each number."""
        return [
            {
                "number": key,
                "called off": str(self.off[key]),
                "close": str(self.close[key]),
                "largest difference, relative": f"{apart:.1e}",
                "largest half-width, relative": f"{self.width[key]:.1e}",
                "moved outward and not off": str(self.kept[key]),
            }
            for key, apart in self.apart.items()
        ]


def campaign(cards: int, seed: int, folder: Path, passages: int, ways: int) -> Tally:
    """Draw, print and judge so many cards."""
    from sentence_transformers import SparseEncoder

    from harness.assets import fetch
    from harness.checkpoint.open import open_checkpoint
    from harness.collection.open import open_collection
    from harness.encoder import EncoderOptions
    from harness.encoder.open import open_encoder

    found = tables(folder, passages, ways)
    opened = open_collection(COLLECTION)
    whole = replace(opened, corpus=tuple(opened.corpus))
    model = SparseEncoder(str(fetch("splade-tiny")), device="cpu")
    encoder = open_encoder(open_checkpoint(MODEL), EncoderOptions(device="cpu"))
    rng, tally, number = random.Random(seed), Tally(), 0
    while tally.cards < cards:
        part = draw(rng, found, number)
        number += 1
        collection = collection_of(part, whole)
        if collection is None:
            continue
        printed = card(collection, found[part.way], part.chunk, model)
        evaluation, judged = judge(collection, found[OURS], encoder, printed)
        tally.add(evaluation, printed, judged)
        for one in judged:
            if one.verdict == "off":
                shown = f"{one.measure} {one.measured!r} where {one.published.text} is printed"
                sizes = f"{len(part.queries)} queries, {len(part.documents)} documents"
                print(f"off: {shown} ({part.way}; {sizes}, chunks of {part.chunk})", flush=True)
    return tally


@click.command(help=__doc__)
@click.option("--cards", default=300, show_default=True)
@click.option("--seed", type=int, help="Of the parts; a new one each time.")
@click.option("--share", default=1.0, show_default=True, help="Of the cards.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where vectors are kept.")
@click.option("--passages", default=400, show_default=True, help="By all ways but ours.")
@click.option("--ways", default=len(WAYS), show_default=True, help="Of encoding, ours first.")
def main(cards, seed, share, folder, passages, ways):
    seed = random.randrange(10**9) if seed is None else seed
    cards = max(1, round(cards * share))
    print(f"{describe()}; {cards} cards, seed {seed}\n", flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        tally = campaign(cards, seed, place, passages, ways)
    print(table(tally.rows()))
    kept = sum(tally.kept.values())
    print(
        f"\n{tally.off_cards} of {tally.cards} cards called off; {kept} of {tally.moved} numbers "
        f"moved outward not called off; {time.perf_counter() - started:,.0f} s"
    )
    sys.exit(1 if tally.off_cards or kept else 0)


if __name__ == "__main__":
    main()

"""2,000 true cards of any tool, audited: not one may be called impossible.

    python -m benchmarks.audit_truth [--cards 2000] [--first 0]

tests/support/true_cards.py draws them: sentence-transformers' evaluator (any cutoffs, lists with
duplicates, chunks, NanoBEIR's means), mteb and trec_eval by pytrec_eval (graded gains, other ties,
means over sub-collections) and an author's own script, printed in full, rounded to three to five
places, in percent, or with the dirt of a multiplication.
"""

import argparse
import sys
import time
from collections import Counter

from benchmarks.machine import describe
from harness.card.audit.card import audit_card
from tests.support.true_cards import true_card


def main() -> int:
    """Draw and audit; 1 where a card was called impossible."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    start = time.perf_counter()
    drawn, odd, makers = Counter(), Counter(), Counter()
    wrong = named = 0
    for seed in range(options.first, options.first + options.cards):
        true = true_card(seed)
        kind = true.what.partition(",")[0]
        drawn[kind] += 1
        found = audit_card(true.card, **true.known)
        for one in found:
            named += one.audit.queries == true.queries
            makers[kind, one.audit.maker] += 1
        verdicts = [finding for one in found for finding in one.audit.findings]
        odd.update({(kind, f.test) for f in verdicts if f.verdict == "suspicious"})
        bad = [finding for finding in verdicts if finding.verdict == "impossible"]
        if bad:
            wrong += 1
            print(f"WRONG at seed {seed} ({true.what}), known {true.known}: {bad[0]}", flush=True)
        if (seed - options.first) % 200 == 199:
            print(f"{seed - options.first + 1} cards, {wrong} wrong", file=sys.stderr)
    for title, counts in (("drawn", drawn), ("maker", makers), ("suspicious", odd)):
        for what, number in sorted(counts.items()):
            print(f"{title}: {what} {number}")
    print(
        f"{describe()}: {options.cards} true cards, {wrong} called impossible, "
        f"{named} told their number of queries, {time.perf_counter() - start:.0f} s"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())

"""What the card audit catches, and whether it ever cries wolf.

    python -m benchmarks.audit_power truth --evaluations 1000
    python -m benchmarks.audit_power digits [--of nano] [--changes 9]
    python -m benchmarks.audit_power reachable

`truth` audits evaluations computed by sentence-transformers itself (tests/card/test_audit_truth.py
draws them), each as printed in full and rounded, with everything known and with nothing: none may
be called impossible. `digits` changes every one of the first ten decimals of the card of
yosefw/SPLADE-BERT-Mini-BS256-distil to each of the nine other digits, one at a time, and prints
which share of the changes is called impossible, and by which test; `--of nano` takes instead a
drawn set of NanoMSMARCO's size (50 queries with one relevant document each, 5,043 documents).
`reachable` asks for which numbers of queries and of decimals nDCG@10 itself is a count: how many
changed digits no ranks of single hits give, and how many sums there are of two hits a query.

`benchmarks.audit_truth` audits true cards of any tool.
"""

import argparse
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator

from harness.card.audit import Audit, audit
from tests.support.card_numbers import CARD

DECIMALS = 10


def changes(text: str) -> Iterator[tuple[int, str]]:
    """Every change of one of the first ten decimals to another digit: its place, the new text."""
    whole, _, decimals = text.partition(".")
    decimals = decimals.ljust(DECIMALS, "0")
    for place in range(DECIMALS):
        for digit in "0123456789":
            if digit != decimals[place]:
                changed = f"{decimals[:place]}{digit}{decimals[place + 1 :]}"
                yield place, f"{whole}.{changed.rstrip('0') or '0'}"


def breakers(result: Audit, verdict: str) -> list[str]:
    """The tests that gave this verdict."""
    return list(dict.fromkeys(f.test for f in result.findings if f.verdict == verdict))


KNOWN = {"card": 5000, "nano": 50}
"""The number of queries of each card."""


def nano() -> dict[str, str]:
    """A true card of NanoMSMARCO's size, of sentence-transformers' keys, MAP left out."""
    from tests.card.test_audit_sets import full, single

    drawn = full(single(1, KNOWN["nano"]))
    for side in ("query", "corpus"):
        dims = float(drawn[f"{side}_active_dims"])
        drawn[f"{side}_sparsity_ratio"] = repr(1 - dims / 30_522)
    return drawn


def digits(of: str, changed_to: int) -> None:
    """Print the shares as a markdown table."""
    print(
        f"| measure | impossible | or suspicious | impossible with N = {KNOWN[of]:,} known "
        "| decimals always impossible | impossible by |\n|---|---|---|---|---|---|"
    )
    whole = CARD if of == "card" else nano()
    for key, text in whole.items():
        start = time.perf_counter()
        total = impossible = suspicious = known = 0
        tests: Counter[str] = Counter()
        places: Counter[int] = Counter()
        for number, (place, changed) in enumerate(changes(text)):
            if number % 9 >= changed_to:
                continue
            card = whole | {key: changed}
            result = audit(card, vocab_size=30_522)
            total += 1
            tests.update(breakers(result, "impossible"))
            places[place + 1] += result.impossible
            impossible += result.impossible
            suspicious += bool(result.impossible or breakers(result, "suspicious"))
            # What the number of queries adds concerns these alone.
            counts = {
                k: v for k, v in card.items() if re.search("acc|prec|rec|mrr|ndcg|query_active", k)
            }
            known += result.impossible or audit(counts, queries=KNOWN[of]).impossible
        always = [str(place) for place in range(1, DECIMALS + 1) if places[place] == changed_to]
        shares = " | ".join(f"{n / total:.0%}" for n in (impossible, suspicious, known))
        by = ", ".join(f"{test} {n / total:.0%}" for test, n in tests.most_common())
        print(f"| {key} | {shares} | {', '.join(always) or 'none'} | {by or '-'} |", flush=True)
        print(f"{key}: {time.perf_counter() - start:.1f} s", file=sys.stderr)


def reachable(cards: int = 20) -> None:
    """Where nDCG@10 has few values: the shares of moved ones that no ranks give."""
    from tests.card.test_audit_sets import full, rounded, single

    print("| queries, one relevant each | 4 decimals | 5 decimals | full |\n|---|---|---|---|")
    for queries in (10, 20, 30, 50, 100, 150, 300):
        shares = []
        for places in (4, 5, None):
            found: Counter[str] = Counter()
            for seed in range(cards):
                true = single(seed, queries)
                for step in (-7, -3, -1, 1, 2, 5):
                    moved = true["dot_ndcg@10"] + step * 10.0 ** -(places or 9)
                    card = true | {"dot_ndcg@10": moved}
                    numbers = rounded(card, places) if places else full(card)
                    verdicts = [
                        f.verdict
                        for f in audit(numbers, queries=queries).findings
                        if f.test == "single hits"
                    ]
                    found[verdicts[0] if verdicts else "not tried"] += 1
            tried = found["impossible"] + found["consistent"]
            shares.append(f"{found['impossible'] / tried:.0%}" if tried else "not tried")
        print(f"| {queries} | {' | '.join(shares)} |", flush=True)
    for relevant in (1, 2, 5):
        patterns = sum(math.comb(10, hits) for hits in range(relevant + 1))
        for queries in (4, 10, 50):
            sums = math.comb(queries + patterns - 1, queries)
            print(f"{queries} queries, {relevant} relevant each: {sums:.1e} sums")


def truth(evaluations: int, first: int) -> int:
    """Audit true evaluations; print what was called what, and fail on any "impossible"."""
    from tests.card.test_audit_truth import printings, simulate

    start = time.perf_counter()
    seen: Counter[tuple[str, str]] = Counter()
    wrong = named = 0
    for seed in range(first, first + evaluations):
        if (seed - first) % 50 == 49:
            print(f"{seed - first + 1} evaluations, {wrong} wrong", file=sys.stderr)
        drawn = simulate(seed)
        for name, card, known in printings(drawn):
            result = audit(card, **known)
            seen[name, "audits"] += 1
            seen.update((name, f"suspicious: {t}") for t in breakers(result, "suspicious"))
            if name == "nothing known":
                named += result.queries == drawn.queries
            if result.impossible:
                wrong += 1
                bad = [f for f in result.findings if f.verdict == "impossible"]
                print(f"WRONG at seed {seed}, {name}: {bad}", flush=True)
    for (name, what), number in sorted(seen.items()):
        print(f"{name}: {what} {number}")
    print(
        f"{evaluations} evaluations, {wrong} wrongly called impossible; the number of queries was "
        f"found from the digits alone in {named}; {time.perf_counter() - start:.0f} s"
    )
    return int(wrong > 0)


def main() -> int:
    """Run one of the two experiments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=["truth", "digits", "reachable"])
    parser.add_argument("--evaluations", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--of", choices=list(KNOWN), default="card", help="which card")
    parser.add_argument("--changes", type=int, default=9, help="of each digit, at most nine")
    options = parser.parse_args()
    if options.experiment == "truth":
        return truth(options.evaluations, options.first)
    if options.experiment == "reachable":
        reachable()
    else:
        digits(options.of, options.changes)
    return 0


if __name__ == "__main__":
    sys.exit(main())

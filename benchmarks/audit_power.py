"""What the card audit catches, and whether it ever cries wolf.

    python -m benchmarks.audit_power truth --evaluations 1000
    python -m benchmarks.audit_power digits

`truth` audits evaluations computed by sentence-transformers itself (tests/card/test_audit_truth.py
draws them), each as printed in full and rounded, with everything known and with nothing: none may
be called impossible. `digits` changes every one of the first ten decimals of the card of
yosefw/SPLADE-BERT-Mini-BS256-distil to each of the nine other digits, one at a time, and prints
which share of the changes is called impossible, and by which test.
"""

import argparse
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


def digits() -> None:
    """Print the shares as a markdown table."""
    print(
        "| measure | impossible | or suspicious | impossible with N = 5,000 known "
        "| decimals always impossible | impossible by |\n|---|---|---|---|---|---|"
    )
    for key, text in CARD.items():
        start = time.perf_counter()
        total = impossible = suspicious = known = 0
        tests: Counter[str] = Counter()
        places: Counter[int] = Counter()
        for place, changed in changes(text):
            card = CARD | {key: changed}
            result = audit(card, vocab_size=30_522)
            total += 1
            tests.update(breakers(result, "impossible"))
            places[place + 1] += result.impossible
            impossible += result.impossible
            suspicious += bool(result.impossible or breakers(result, "suspicious"))
            # What the number of queries adds concerns these alone.
            counts = {k: v for k, v in card.items() if re.search("acc|prec|mrr|query_active", k)}
            known += result.impossible or audit(counts, queries=5000).impossible
        always = [str(place) for place in range(1, DECIMALS + 1) if places[place] == 9]
        shares = " | ".join(f"{n / total:.0%}" for n in (impossible, suspicious, known))
        by = ", ".join(f"{test} {n / total:.0%}" for test, n in tests.most_common())
        print(f"| {key} | {shares} | {', '.join(always) or 'none'} | {by or '-'} |", flush=True)
        print(f"{key}: {time.perf_counter() - start:.1f} s", file=sys.stderr)


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
    parser.add_argument("experiment", choices=["truth", "digits"])
    parser.add_argument("--evaluations", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    if options.experiment == "truth":
        return truth(options.evaluations, options.first)
    digits()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Bayes' rule over all known sets: the share of each in what can have printed a card's digits.

The prior: half to "none that we know"; a tenth to pools of MS MARCO (the passages of the first N
queries of its dev split), half of that to N = 5,000, of which the recipe is known; the rest to the
table of known sets, in which those that papers on sparse encoders evaluate (NanoBEIR, BEIR, MS
MARCO, TREC DL) weigh ten times any other.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from harness.card import PublishedEvaluation
from harness.card.audit.counts import LIMIT, Search
from harness.card.audit.grim import search
from harness.card.audit.intervals import Interval, is_audited, of_published
from harness.card.audit.recall import MOST_RELEVANT
from harness.card.naming import NONE, Candidate, Known
from harness.card.naming.likelihood import Judged, Vector, log_documents, log_likelihood
from harness.card.naming.names import PrintedName, printed_name
from harness.claims.published import similarity
from harness.collection.known_sets import KnownSet, facts_of, known_sets
from harness.measures.names import SPARSITY

POOL: Final = "msmarco-pool/hub"

_PRIOR: Final = {"none": 0.5, "pool": 0.1, "known": 0.4}
_FAVOURED: Final = ("beir/", "nano-beir/", "msmarco-passage/", "crowdrag-25", "insuranceqa")
_FAVOUR: Final = 10.0
_OTHERS: Final = 0.02
"""What NONE has at least: a translation or a cleaned copy has the numbers of the original."""

_LISTED: Final = 0.01

_POOL_QUERIES: Final = 5_000
_POOL_SIZES: Final = (100, 55_577)
_POOL_SHARE: Final = 0.5
_PASSAGES_PER_QUERY: Final = 49_036 / 5_000

Weighed = tuple[float, Candidate]
"""The logarithm of prior x likelihood, and whose it is."""


def named(
    printed: Mapping[str, Interval], found: Search, known: Known, most: int = 5
) -> tuple[Candidate, ...]:
    """The known sets that can have printed these digits, the likeliest first.

    Args:
        printed: the card's numbers.
        found: the numbers of queries that fit them (`harness.card.audit.grim.search`).
        known: what is known beside them.
        most: candidates to give, beside NONE, which is always among them.
    """
    name = printed_name(known.name, known.split)
    none = _none(printed, found, known) + name.log("none")
    weighed = [
        *_sets(printed, known, name),
        *_pools(printed, found, known, name),
        *_means(printed, name),
    ]
    top = max([none, *(weight for weight, _ in weighed)])
    if not math.isfinite(top):
        return (Candidate(NONE, (), None, None, 1.0, "no known set fits the digits"),)
    total = sum(math.exp(weight - top) for weight in (none, *(weight for weight, _ in weighed)))
    share = math.exp(none - top) / total
    # All others give way to what NONE has at least.
    scale = min(1.0, (1 - _OTHERS) / (1 - share)) if share < 1 else 1.0
    return _listed(
        [replace(one, probability=math.exp(w - top) / total * scale) for w, one in weighed], most
    )


def candidates_of(
    one: PublishedEvaluation,
    *,
    queries: int | None = None,
    documents: int | None = None,
    chunk_size: int | None = None,
) -> tuple[Candidate, ...]:
    """The known sets that can stand behind one evaluation of a card, the likeliest first.

    Of several score functions the first is looked at: all are of the same queries.

    Args:
        one: the evaluation, with the name and the split that the card gives.
        queries: in the set, if known; otherwise the digits are asked.
        documents: in the corpus, if known.
        chunk_size: the evaluator's corpus_chunk_size, if known.
    """
    functions = dict.fromkeys(similarity(n.measure) for n in one.published)
    first = next(filter(None, functions), None)
    numbers = [
        number
        for number in one.published
        if is_audited(number.measure) and similarity(number.measure) in {None, first}
    ]
    other = first is None and not any(number.name in SPARSITY for number in numbers)
    printed = of_published(numbers, apart=other).printed if numbers else {}
    found = search(tuple(printed.values()), queries)
    known = Known(one.dataset, one.split, queries, documents, chunk_size, other)
    return named(printed, found, known)


def _listed(found: list[Candidate], most: int) -> tuple[Candidate, ...]:
    """The likeliest; what is left of the known sets is told with NONE."""
    likely = sorted(found, key=lambda one: -one.probability)
    listed = [one for one in likely if one.probability >= _LISTED][:most]
    share = sum(one.probability for one in listed)
    left = sum(one.probability for one in found) - share
    why = "a set that is not in the table, part of one, or other data with the same numbers"
    if left >= _LISTED / 2:
        why += f"; {left:.0%} are of known sets that are less likely than those listed"
    last = Candidate(NONE, (), None, None, max(0.0, 1 - share), why)
    return tuple(sorted([*listed, last], key=lambda one: -one.probability))


def _sets(printed: Mapping[str, Interval], known: Known, name: PrintedName) -> Iterator[Weighed]:
    sets = [one for one in known_sets() if POOL not in one.ids]  # that is among the pools
    weights = [_FAVOUR if any(i.startswith(_FAVOURED) for i in one.ids) else 1.0 for one in sets]
    scale = _PRIOR["known"] / sum(weights)
    digits = _of_digits(printed, sets, known)
    for one, weight, likely in zip(sets, weights, digits, strict=True):
        if not math.isfinite(likely):
            continue
        log = likely + math.log(weight * scale) + log_documents(printed, one.documents, known)
        if math.isfinite(log):
            ids, task = sorted(name.ids & {*one.ids}), name.task(one)
            yield (
                log + name.log("own" if ids or task else "other"),
                _candidate(one, ids, task, name),
            )


def _of_digits(printed: Mapping[str, Interval], sets: list[KnownSet], known: Known) -> list[float]:
    """The log likelihood of the digits under each set, sets with like judgements at once."""
    logs = [-math.inf] * len(sets)
    kinds: dict[tuple[int | None, bool], list[int]] = {}
    for i, one in enumerate(sets):
        if known.queries is None or one.queries == known.queries:
            most = None if one.most is None or one.most > MOST_RELEVANT else one.most
            kinds.setdefault((most, one.histogram == {1: one.queries}), []).append(i)
    for (most, single), mine in kinds.items():
        queries = np.array([sets[i].queries for i in mine])
        total = np.array([sets[i].relevant or np.inf for i in mine])
        judged = Judged(most, total, single)
        found = log_likelihood(printed, queries, judged, strict=not known.other_tool)
        for i, log in zip(mine, found, strict=True):
            logs[i] = float(log)
    return logs


def _candidate(one: KnownSet, ids: list[str], task: str, name: PrintedName) -> Candidate:
    first = [i for i in one.ids if i.startswith(("nano-beir", "beir", "msmarco-passage/dev"))]
    opened = tuple(dict.fromkeys([*ids, *first, *one.ids]))
    labels = (*ids, task, *first, *one.ids, *one.tasks)
    why = f"{one.queries:,} queries and {one.documents:,} documents fit the digits"
    if ids or task:
        why += f"; the card calls it '{name.text}'"
    others = len(one.ids) + len(one.tasks) - 1
    if others:
        why += f"; {others} more with these numbers"
    return Candidate(next(filter(None, labels)), opened, one.queries, one.documents, 0, why)


def _pools(
    printed: Mapping[str, Interval], found: Search, known: Known, name: PrintedName
) -> Iterator[Weighed]:
    low, high = _POOL_SIZES
    numbers = found.queries[(found.queries >= low) & (found.queries <= high)]
    if not numbers.size:
        return
    log = log_likelihood(printed, numbers, Judged(), strict=not known.other_tool)
    log += math.log(_PRIOR["pool"]) + name.log(
        "pool" if POOL in name.ids or not name.ids else "other"
    )
    whole = numbers == _POOL_QUERIES
    if whole.any():
        likely = float(log[whole][0]) + math.log(_POOL_SHARE)
        yield (
            likely + log_documents(printed, 49_036, known),
            _pool(_POOL_QUERIES, 49_036, (POOL, "msmarco-pool/qna")),
        )
    others = log[~whole] - np.log(numbers[~whole] * math.log(high / low) / (1 - _POOL_SHARE))
    if others.size and np.isfinite(others.max()):
        best = int(numbers[~whole][others.argmax()])
        about = round(_PASSAGES_PER_QUERY * best)
        weight = float(others.max()) + log_documents(printed, about, known, exact=False)
        yield weight, _pool(best, None, (f"{POOL}:{best}",))


def _pool(queries: int, documents: int | None, ids: tuple[str, ...]) -> Candidate:
    size = f"{documents:,}" if documents else f"about {_PASSAGES_PER_QUERY * queries:,.0f}"
    why = f"the passages of MS MARCO's first {queries:,} dev queries, {size} of them"
    return Candidate(ids[0], ids, queries, documents, 0, why)


def _means(printed: Mapping[str, Interval], name: PrintedName) -> Iterator[Weighed]:
    """The mean over the sets that the name means: counts of the common multiple of their queries.

    An author may have taken fewer of them, so that digits that do not fit are no proof.
    """
    of = [known.queries for one in name.mean if (known := facts_of(one)) is not None]
    if not of:
        return
    common = len(of) * math.lcm(*of)
    log = math.log(_PRIOR["known"]) + name.log("own")
    if common <= LIMIT:
        log += float(log_likelihood(printed, np.array([common]), Judged(), strict=False)[0])
    why = f"the mean over {len(of)} sets, by its name; an author may have taken fewer"
    yield log, Candidate(name.text, name.mean, None, None, 0, why, mean=True)


def _none(printed: Mapping[str, Interval], found: Search, known: Known) -> float:
    """Any number of queries N, as likely as 1/N; any number of documents likewise."""
    log = math.log(_PRIOR["none"])
    if known.documents is not None:
        log -= math.log(known.documents * math.log(10**8))
    numbers = found.queries
    if not numbers.size:
        return log
    if found.rest:  # all of which have about the same likelihood: that of the largest
        numbers = np.append(numbers, LIMIT)
    every = log_likelihood(printed, numbers, Judged(), strict=not known.other_tool)
    weights: Vector = every - np.log(numbers * math.log(LIMIT))
    if found.rest:
        weights[-1] += math.log(LIMIT * math.log(LIMIT / (LIMIT - found.rest)))
    return log + float(np.logaddexp.reduce(weights))

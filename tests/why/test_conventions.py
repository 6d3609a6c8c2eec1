"""Cards made under each convention by an independent implementation: it is named, or its class."""

import random

import pytest

from harness.why.verdict import WEAK, WhyAnswer
from tests.support.conventions import SINGLE
from tests.why.worlds import MEASURES, holds, numbers, repeated, rounded, world

RULES = {
    "own": ["left out"],
    "ties": ["trec", "trec10", "corpus", "corpus reversed", "topk 50000"],
    "zeros": ["not ranked"],
    "depth": ["10"],
    "level": ["2", "3"],
    "repeats": ["once"],
    "queries": ["judged", "answered", "judged and answered", "asked"],
    "gains": ["grades", "exponential"],
    "map": ["R", "found"],
    "recall": ["min(k, R)", "any"],
    "mrr": ["depth"],
    "precision": ["retrieved"],
}
SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("aspect", "rule"), [(a, r) for a, names in RULES.items() for r in names])
def test_a_card_of_one_other_rule_is_explained_by_it(seed, aspect, rule):
    here = world(seed)
    found = here.answer(repeated(here.numbers(**{aspect: rule})))
    if found.answer is WhyAnswer.NOTHING_OFF:
        assert here.numbers(**{aspect: rule}) == pytest.approx(here.numbers(), rel=1e-9)
    else:
        assert found.answer is WhyAnswer.EXPLAINED
        assert holds(found.boxes, {aspect: rule})
        assert not holds(found.boxes, {})


def test_most_rules_change_something_in_these_worlds():
    """Else the tests above would show little."""
    moved = {
        (aspect, rule)
        for seed in SEEDS
        for aspect, names in RULES.items()
        for rule in names
        if world(seed).numbers(**{aspect: rule}) != world(seed).numbers()
    }
    unmoved = {(a, r) for a, names in RULES.items() for r in names} - moved
    assert unmoved <= {("precision", "retrieved"), ("queries", "answered")}  # every query is full


@pytest.mark.parametrize("seed", range(14))
@pytest.mark.parametrize("places", [None, 4, 3])
def test_a_card_of_several_other_rules_is_explained_by_them(seed, places):
    draw = random.Random(seed)
    here = world(seed % 4)
    chosen = {a: draw.choice(RULES[a]) for a in draw.sample(list(RULES), draw.randint(2, 5))}
    printed = here.numbers(**chosen)
    texts = repeated(printed) if places is None else rounded(printed, places)
    found = here.answer(texts, exact=places is None)
    if found.answer is not WhyAnswer.NOTHING_OFF:
        assert found.answer is WhyAnswer.EXPLAINED
        assert holds(found.boxes, chosen)


@pytest.mark.parametrize("seed", range(12))
def test_every_convention_that_is_named_prints_the_digits(seed):
    """Sound: the oracle prints them too, for conventions drawn from the boxes."""
    draw = random.Random(seed)
    here = world(seed % 4)
    chosen = {a: draw.choice(RULES[a]) for a in draw.sample(list(RULES), 3)}
    printed = here.numbers(**chosen)
    found = here.answer(repeated(printed))
    for box in found.boxes:
        picked = {aspect: draw.choice(names) for aspect, names in box.rules.items()}
        assert here.numbers(**picked) == pytest.approx(printed, rel=1e-8), picked


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_digit_is_explained_by_nothing(seed):
    draw = random.Random(seed)
    here = world(seed % 4)
    chosen = {a: draw.choice(RULES[a]) for a in draw.sample(list(RULES), seed % 3)}
    printed = here.numbers(**chosen)
    key = draw.choice([key for key, value in printed.items() if 0.01 < value < 0.99])
    changed = printed | {key: printed[key] + draw.choice((-1, 1)) * 3.1e-5}
    found = here.answer(repeated(changed))
    assert found.answer in (WhyAnswer.PARTLY, WhyAnswer.NONE)
    assert not found.boxes
    assert all(key not in partial.fits for partial in found.partials)


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_two_conventions_are_explained_by_neither(seed):
    """Recall from grade 1 and precision from grade 2: no evaluator does both."""
    here = world(seed)
    one, other = here.numbers(map="R"), here.numbers(map="R", level="2")
    mixed = {k: (other if k.startswith("precision") else one)[k] for k in one}
    found = here.answer(repeated(mixed))
    assert found.answer is WhyAnswer.PARTLY
    assert not found.boxes
    for partial in found.partials:
        assert len(partial.fits) < len(mixed)
        assert partial.explains


@pytest.mark.parametrize("seed", SEEDS)
def test_the_own_convention_is_nothing_off(seed):
    here = world(seed)
    assert here.answer(repeated(here.numbers())).answer is WhyAnswer.NOTHING_OFF
    assert set(SINGLE) == set(here.question({"mrr@10": "0.5"}).own)


def test_a_rule_that_changes_nothing_is_told_so():
    here = world(0, repeats=False)
    found = here.answer(repeated(here.numbers(map="R")))
    inert = {one.aspect for one in found.alike if one.inert}
    assert "repeats" in inert
    assert "map" not in inert
    assert all("repeats" not in box.rules for box in found.boxes)


def test_numbers_in_full_are_no_chance():
    here = world(0)
    assert here.answer(repeated(here.numbers(level="2"))).chance < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_no_convention_are_not_explained_without_a_caution(seed):
    """Of some of the queries only; 25 draws of each world by `places` and `many` gave 1 in 866."""
    here = world(seed)
    bold = []
    for trial in range(6):
        draw = random.Random(trial)
        kept = draw.sample(here.asked, draw.randint(6, 12))
        scores = {query: here.scores[query] for query in kept}
        judged = {query: pairs for query, pairs in here.qrels.items() if query in kept}
        printed = numbers(scores, judged, kept, SINGLE, MEASURES)
        for places, many in ((2, 1), (3, 1), (4, 1), (3, 2), (4, 4)):
            chosen = {key: printed[key] for key in draw.sample(list(printed), many)}
            found = here.answer(rounded(chosen, places), exact=False)
            bold.append(found.answer is WhyAnswer.EXPLAINED and found.chance <= WEAK)
    assert sum(bold) <= 1

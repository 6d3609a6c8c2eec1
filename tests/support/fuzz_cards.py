"""Reads mutated cards: whatever the damage, a card comes back or an InputError, and soon.

Run by hand as `python -m tests.support.fuzz_cards 100000 7`: a count and a seed.
`tests/card/test_fuzz.py` runs a few hundred.
"""

import random
import sys
import time
from collections import Counter
from contextlib import suppress

from harness.card import Card
from harness.card.claimed import of_model
from harness.card.read import read_card
from harness.card.to_experiment import experiment_toml, to_experiment
from harness.errors import InputError
from tests.support import CARDS as CARDS_FOLDER

CARDS = tuple(path.read_text("utf-8") for path in sorted(CARDS_FOLDER.iterdir()))
MARKS = (
    *(
        "---\n",
        "\n",
        "\r\n",
        "\t",
        "|",
        "```\n",
        "'",
        '"',
        "\\",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "-",
    ),
    *(
        "<!--",
        "-->",
        "\x00",
        "\ufeff",
        "\u2028",
        "\ud800",
        "%",
        ": ",
        "- ",
        "model-index:\n",
        "<b>",
    ),
    *("| a | b |\n|--|--|\n", "Score-Function: dot\n", "MRR@10: 0.5\n", "- NDCG@10 = 34.1%\n"),
    *("* Dataset: `x`\n", "**NQ**\n", "### NQ\n", "```json\n{", "x = m.encode(", "m.similarity("),
    *("(query): Sequential(\n", "'a@10': 0.5,", " @ b.T", "(((((", "Avg. ", "split: dev\n"),
    *("value: ", "1e999", "@10", "tensor([[", "]]", "queries = [", "\U0001f600", "9" * 30),
)


def _damage_lines(lines: list[str], chance: random.Random) -> list[str]:
    """Lose, double, swap or flatten lines."""
    at, other, some = (*(chance.randrange(len(lines)) for _ in "12"), chance.randint(1, 4))
    match chance.randrange(4):
        case 0:
            return lines[:at] + lines[at + some :]
        case 1:
            return lines[: at + some] + lines[at:]
        case 2:
            return [{at: lines[other], other: lines[at]}.get(i, x) for i, x in enumerate(lines)]
        case _:
            return [line.strip() for line in lines]


def _damage_letters(text: str, chance: random.Random) -> str:
    """Change a letter or a bit, splice in another card, cut, or insert marks."""
    spot = chance.randrange(len(text) + 1)
    match chance.randrange(5):
        case 0:
            return text[:spot] + chr(chance.randrange(256)) + text[spot + 1 :]
        case 1:
            other = chance.choice(CARDS)
            return text[:spot] + other[chance.randrange(len(other)) :]
        case 2:
            return text[:spot] if chance.random() < 0.3 else text
        case 3:
            return text[:spot] + chance.choice(MARKS) * chance.choice((1, 1, 2, 50)) + text[spot:]
        case _:
            raw = bytearray(text.encode("utf-8", "surrogatepass")) or bytearray(b"-")
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            return raw.decode("utf-8", chance.choice(("surrogateescape", "replace")))


def mutate(text: str, chance: random.Random) -> str:
    """One to six small damages."""
    for _ in range(chance.randint(1, 6)):
        if chance.random() < 0.5:
            text = "\n".join(_damage_lines(text.split("\n"), chance))
        else:
            text = _damage_letters(text, chance)
    return text


def _write_every_experiment(card: Card, seen: Counter[str]) -> None:
    """Every evaluation by itself: written or refused, and no measure of it twice."""
    for one in of_model(card, "example/lantern")[:20]:
        names = [number.name for number in one.numbers]
        assert names, "an evaluation without a number"
        assert len(names) == len({*names}), "a measure twice in one evaluation"
        with suppress(InputError):
            experiment_toml(card, one, "example/lantern", "main")
            seen["evaluations"] += 1


def fuzz(count: int, seed: int) -> Counter[str]:
    """Read `count` mutated cards; how many were read, refused, and gave an experiment.

    Raises:
        AssertionError: anything but a card or an InputError came of one; its number is named.
    """
    seen = Counter[str]()
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        text = mutate(chance.choice(CARDS), chance)
        started = time.perf_counter()
        try:
            card = read_card(text, "README.md")
            seen["read"] += 1
            for number_read in (one for each in card.evaluations for one in each.published):
                assert number_read.text in text, "a number that the card does not print"
            _write_every_experiment(card, seen)
            to_experiment(card, "example/lantern", "main")
            seen["experiments"] += 1
        except InputError:
            seen["refused"] += 1
        except Exception as error:
            raise AssertionError(f"card {number} of seed {seed}: {error!r}") from error
        seen["slow"] += time.perf_counter() - started > 5
    return seen


if __name__ == "__main__":
    asked, chosen = int(sys.argv[1]), int(sys.argv[2])
    begun = time.perf_counter()
    result = fuzz(asked, chosen)
    rate = asked / (time.perf_counter() - begun)
    sys.stdout.write(f"{asked} cards of seed {chosen}: {dict(result)}, {rate:.0f} a second\n")

"""Numbers in running text: `reaches MRR@10 **37.22** on MS MARCO`.

Used only where nothing else on the card has numbers and the sentence can mean one thing; told
otherwise, unless the card has that number in a table or in its metadata.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from harness.card import PublishedEvaluation
from harness.card.dataset_names import said
from harness.card.markdown import Line, heading, plain, printable
from harness.card.printed_lines import LineFacts, names_of_sets
from harness.claims.published import read, unit_of
from harness.errors import InputError
from harness.measures.names import parse_name

MOST_SENTENCES: Final = 300
"""Lines with a measure and a number that are looked at in one card."""

MOST_MENTIONS: Final = 20
"""Measures in one line; more are no sentence."""

LONGEST: Final = 2_000
"""Characters of a line that is looked at."""

_MEASURE = r"(?:n?dcg|mrr|map|recall|precision|accuracy|acc|hits?|hit ?rate|success|r|p)"
_MENTION = re.compile(rf"\b{_MEASURE}\s?@\s?[0-9]{{1,5}}k?\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\w.@/-])(?:[0-9]{1,3}\.[0-9]{1,20}|[0-9]{1,3}(?=\s?%))\s?%?(?![\w.]*\w)"
)
_BETWEEN = re.compile(
    r"[\s:=(|]*(?:score|value|scores|result)?\s*(?:of|is|was|are|at|=|:|being|reaches)?[\s:=(]*"
    r"(?:about|around|approximately)?\s*",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:vs\.?|versus|than|compared|comparable|baselines?|from|improv\w*|outperform\w*|gains?"
    r"|points?|previous\w*|instead|unlike|while|whereas|teacher|bm25|original|official|between"
    r"|higher|lower|better|worse|up to|respectively|over the)\b|\+[0-9]|->|→",
    re.IGNORECASE,
)


def read_prose(
    prose: Sequence[Line], source: str, known: Iterable[PublishedEvaluation]
) -> LineFacts:
    """The numbers in running text.

    Args:
        prose: lines outside fenced blocks.
        source: the card's name, for messages.
        known: what the card says elsewhere.
    """
    everywhere = tuple(known)
    said_before = {(n.name, n.value) for one in everywhere for n in one.published}
    found: list[PublishedEvaluation] = []
    refused: list[str] = []
    title, looked_at = "", 0
    for number, text in prose:
        named = heading(text)
        if named is not None:
            title = said(named)
        elif "@" in text and text.count("|") < 2:
            where = f"{source} text, line {number}"
            looked_at += 1
            if looked_at > MOST_SENTENCES:
                refused.append(f"{where}: text from here on was not looked at.")
                break
            claims, why = _sentence(plain(text[:LONGEST]), where)
            fresh = [(name, value) for name, value in claims if (name, value) not in said_before]
            if (not claims and not why) or (claims and not fresh):
                continue
            if why or everywhere:
                why = why or "the card has its numbers elsewhere"
                refused.append(f"{where}: '{_shown(text)}' ({why}); not used.")
                continue
            found += _evaluation(plain(text[:LONGEST]), where, title)
    return LineFacts(tuple(found), tuple(refused))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each measure of a sentence with the number right behind it, or right before."""
    for mention in _MENTION.finditer(text):
        behind = text[mention.end() : mention.end() + 80]
        between = _BETWEEN.match(behind)
        number = _NUMBER.match(text, mention.end() + (between.end() if between else 0))
        if number is None:
            before = text[max(0, mention.start() - 30) : mention.start()]
            numbers = list(_NUMBER.finditer(before))
            near = numbers[-1] if numbers else None
            number = near if near and not before[near.end() :].strip(" %()*_").strip() else None
        if number is not None:
            yield (mention[0], number[0].strip())


def _sentence(text: str, where: str) -> tuple[list[tuple[str, float]], str]:
    """What a sentence claims, by measure and value; and why that cannot be used, or ""."""
    mentions = _MENTION.findall(text)
    numbers = _NUMBER.findall(text)
    if not mentions or not numbers:
        return [], ""
    if len(mentions) > MOST_MENTIONS:
        return [], "it names too many measures"
    pairs = list(_pairs(text))
    claims: list[tuple[str, float]] = []
    for name, digits in pairs:
        try:
            one = read(name, digits, where, unit_of("", [digits]))
            claims.append((one.name, one.value))
        except InputError:
            return [], "its numbers are no scores"
    if len(pairs) != len(mentions) or len(numbers) != len(pairs):
        return claims, "its numbers and measures do not stand in pairs"
    several = "it names several data sets" if len(names_of_sets(text)) > 1 else ""
    return claims, "it compares" if _OTHERS.search(text) else several


def _evaluation(text: str, where: str, title: str) -> Iterator[PublishedEvaluation]:
    sets = names_of_sets(text)
    pairs = dict(_pairs(text))
    unit = unit_of("", pairs.values())
    numbers = tuple(
        read(name, digits.rstrip("% "), where, unit)
        for name, digits in pairs.items()
        if parse_name(name) is not None
    )
    if numbers:
        yield PublishedEvaluation(sets[0] if sets else title, where, numbers)


def _shown(text: str) -> str:
    return printable(text.strip(), 120)

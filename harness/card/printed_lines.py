"""Numbers that stand line by line: logs of evaluators, results as a dictionary, bullet lists.

What sentence-transformers' evaluators print (`Accuracy@1: 50.77%`, `Score-Function: dot`, `Model
Query Sparsity: Active Dimensions: 40.0, Sparsity Ratio: 0.9987`), what pprint makes of their
results (`'NanoNQ_dot_ndcg@10': 0.61`), and `- **MRR@10**: 37.22` as people write it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.card import PublishedEvaluation
from harness.card.cells import number_in, split_measure
from harness.card.dataset_names import is_set, said
from harness.card.markdown import Fence, Line, heading, plain, printable
from harness.claims.published import PublishedNumber, own_unit, read, unit_of
from harness.errors import InputError

LONGEST: Final = 300
"""Characters of a line that holds one number."""

_PREFIX = re.compile(
    r"(?:(?:INFO|WARNING|DEBUG):[\w.]{1,80}:\s*"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:,.]{5,20}\s*[-|]?\s*|\[?(?:INFO|info)\]?\s*[:\-]?\s*"
    r"|[-*+•]\s+|#\s*(?:=>)?\s*|>+\s*|=>\s*)"
)
_PAIR = re.compile(r"[\"']([^\"']{1,100})[\"']\s?:\s?(?:np\.float64\()?(-?[0-9][0-9.eE+-]{0,30})")
_SPARSITY = re.compile(
    r"Model (Query|Corpus) Sparsity: Active Dimensions: ([0-9.]{1,20}), "
    r"Sparsity Ratio: ([0-9.]{1,20})"
)
_FUNCTION = re.compile(r"(?:Aggregated for )?Score[ -]Function: ?(\w{1,20})", re.IGNORECASE)
_ON = re.compile(r"Evaluation of the model on (?:the )?(.{1,100}?) dataset", re.IGNORECASE)
_COUNTS = re.compile(r"\W{0,5}(?:Average )?(?:Queries|Corpus): [0-9.,]{1,12}\s*$")
_COURSE = ("eval_", "epoch", "step", "loss")
_SIGN = re.compile(r"[A-Za-z]@[0-9]{1,5}\b.{0,60}?[0-9]\.[0-9]|Active Dimensions: ?[0-9]")


@dataclass(frozen=True)
class LineFacts:
    """What lines of text give, and a sentence for each that was seen and not used."""

    evaluations: tuple[PublishedEvaluation, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass
class _Reading:
    """The evaluation that is being filled, line by line."""

    what: str
    dataset: str = ""
    function: str = ""
    line: int = 0
    claims: dict[str, str] = field(default_factory=dict)
    found: list[PublishedEvaluation] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self, dataset: str, key: str, text: str, line: int) -> None:
        """Put one number where it belongs; a key that comes again begins the next evaluation."""
        plain_key = key.startswith(("dot_", "cosine_", "query_", "corpus_", "avg_"))
        full = key if plain_key or not self.function else f"{self.function}_{key}"
        if (dataset and dataset != self.dataset) or full in self.claims:
            self.close()
            self.dataset = dataset or self.dataset
        self.line = self.line or line
        self.claims[full] = text

    def close(self) -> None:
        """Put the evaluation away, if it has a number."""
        where = f"{self.what}, line {self.line}"
        shares = [t for k, t in self.claims.items() if own_unit(k) is None and "%" not in t]
        unit = unit_of("", shares)
        numbers: list[PublishedNumber] = []
        for key, text in self.claims.items():
            scale = own_unit(key) or ("percent" if "%" in text else unit)
            try:
                numbers.append(read(key, text, where, scale))
            except InputError as error:
                self.refused.append(str(error))
        if numbers:
            self.found.append(PublishedEvaluation(self.dataset, where, tuple(numbers)))
        self.claims, self.line = {}, 0


def read_logs(blocks: Sequence[Fence], source: str) -> LineFacts:
    """The evaluations in fenced blocks."""
    evaluations: list[PublishedEvaluation] = []
    refused: list[str] = []
    for block in blocks:
        reading = _Reading(f"{source} printed log")
        signs = [line.number for line in block.lines if _SIGN.search(line.text[:LONGEST])]
        course = False
        for number, text in block.lines if signs else ():
            course = course or _of_course(text)
            if not course:
                _take_line(reading, number, text[: 10 * LONGEST], code=block.info.startswith("py"))
        reading.close()
        evaluations += reading.found
        refused += reading.refused
        if signs and (course or not reading.found):
            why = "are of the course of training" if course else "were not understood"
            refused.append(f"{source} fenced block, line {signs[0]}: its numbers {why}; not used.")
    return LineFacts(tuple(evaluations), tuple(refused))


def _of_course(text: str) -> bool:
    keys = [key.lower() for key, _ in _PAIR.findall(text[: 10 * LONGEST])]
    return len(keys) > 1 and any(key.startswith(_COURSE) for key in keys)


def _take_line(reading: _Reading, number: int, text: str, *, code: bool) -> None:
    if found := _ON.search(text):
        reading.close()
        reading.dataset = printable(found[1].strip("[]'\" "), 100)
        reading.function = ""
    elif found := _FUNCTION.search(text):
        if found[0].lower().startswith("aggregated"):
            reading.close()
            reading.dataset = "NanoBEIR mean"
        reading.function = {"cos_sim": "cosine"}.get(found[1].lower(), found[1].lower())
    elif found := _SPARSITY.search(text):
        side = found[1].lower()
        reading.take("", f"{side}_active_dims", found[2], number)
        reading.take("", f"{side}_sparsity_ratio", found[3], number)
    elif pairs := _PAIR.findall(text):
        for key, digits in pairs:
            if measure := split_measure(key):
                reading.take(measure[0], measure[1].key, digits, number)
    elif (claim := _claim(text)) and ("@" in text or "FLOPS" in text or not code):
        reading.take(claim[0], claim[1], claim[2], number)


def _claim(text: str) -> tuple[str, str, str] | None:
    """Data set, key and digits of a line that holds one of each and nothing else."""
    bare = text.strip() if len(text) <= LONGEST else ""
    for _ in range(4):
        bare = bare[found.end() :] if (found := _PREFIX.match(bare)) else bare
    for mark in (":", "=", "→", "\u2013", " - "):
        left, found_mark, right = bare.rpartition(mark)
        if not found_mark or not left.strip(" *`_"):
            continue
        name = plain(left).strip(" *_:\"'")
        measure = split_measure("avg_flops" if name.lower() == "average flops" else name)
        value = plain(right).strip().rstrip(",;.").strip()
        digits = number_in(value)
        if measure is not None and digits is not None:
            percent = "%" if "%" in value or measure[1].unit else ""
            return (measure[0], measure[1].key, digits + percent)
    return None


def read_lists(prose: Sequence[Line], source: str) -> LineFacts:
    """The evaluations in bullet lists, and in lines of `MRR@10: 37.22`."""
    reading = _Reading(f"{source} list")
    caption, title = "", ""
    for number, text in prose:
        if not text.strip():
            continue
        if any(one.search(text[:LONGEST]) for one in (_SPARSITY, _FUNCTION, _ON)):
            _take_line(reading, number, text[:LONGEST], code=False)
            caption = reading.dataset
            continue
        if _COUNTS.match(text[:LONGEST]):
            continue
        named = heading(text)
        claim = _claim(text) if named is None and text.count("|") < 2 else None
        if claim is not None:
            if not reading.claims:
                reading.dataset = claim[0] or caption or title
            reading.take(claim[0], claim[1], claim[2], number)
            continue
        reading.close()
        if named is not None:
            title, caption = said(named), ""
        else:
            caption = _name(text)
    reading.close()
    return LineFacts(tuple(reading.found), tuple(reading.refused))


def _name(text: str) -> str:
    """The data set that a line above a list names."""
    bare = plain(text[:LONGEST].strip().lstrip("-*+• "))
    return said(bare, marked=text.strip().startswith(("**", "<b>"))) if len(bare) < 100 else ""


def names_of_sets(text: str) -> tuple[str, ...]:
    """The data sets that a sentence names, as it prints them, each once."""
    words = [word for word in text[:1000].split() if any(map(str.isalnum, word))]
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        for size in (3, 2, 1):
            name = " ".join(words[at : at + size]).strip(".,:;()*`_'\"")
            if len(words[at : at + size]) == size and is_set(name):
                found.setdefault("".join(filter(str.isalnum, name.lower())), name)
                at += size - 1
                break
        at += 1
    return tuple(found.values())

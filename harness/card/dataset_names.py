"""Names of retrieval data sets as cards write them, and what is a name in a line of text."""

import re
from typing import Final

LONGEST: Final = 80
"""Characters of a name in a line of text."""

_NAMES: Final = (
    r"(?:nano ?beir|nano ?[a-z]{2,20}(?: ?20[0-9]{2})?|beir|m?ms ?marco|mmarco|natural questions"
    r"|nq|trec ?(?:dl|deep learning|covid|news|robust|cast|rag)(?: ?(?:20)?[0-9]{2})?"
    r"|trec 20(?:19|20|21|22|23)|dl ?(?:20)?(?:19|20|21|22|23)|hotpot ?qa|fiqa(?: ?2018)?|arguana"
    r"|(?:webis )?touche(?: ?2020)?|dbpedia(?: entity)?|scidocs|climate ?fever|fever|sci ?fact"
    r"|quora(?: ?retrieval)?|cqa ?dup ?stack(?: ?retrieval)?|nf ?corpus|miracl|mr ?tydi|lotte"
    r"|squad|trivia ?qa|web ?questions|bio ?asq|signal ?1m|robust ?04|mldr|bright|birco|coir"
    r"|crowd ?rag(?: ?25)?|insurance ?qa)"
)
_SETS = re.compile(rf"\b{_NAMES}\b")
_ONLY = re.compile(
    rf"(?:the |beir |mteb |full |official )*{_NAMES}(?: (?:dev|test|train|eval|validation|small"
    r"|full|passages?|docs?|documents?|ranking|retrieval|set|subset|split|judged|track|dataset"
    r"|data set|collection|queries|zero|shot|english|en|v?[0-9]{1,4}))*"
)
_LEAD = re.compile(
    r"(?:table [0-9]{1,3}\s?[:.]\s*)?(?:(?:the|our)\s+)?(?:(?:evaluation|retrieval|benchmark)\s+)?"
    r"(?:results?|performance|evaluation|evaluated|scores?|metrics)\s+(?:on|for|of)\s+(?:the\s+)?",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\([^()]{0,80}@[^()]{0,80}\)")
_OTHER = {
    *("result", "results", "evaluation", "metrics", "performance", "benchmark", "benchmarks"),
    *("comparison", "table", "note", "notes", "summary", "scores", "model", "models", "overall"),
    *("retrieval", "ours", "baseline", "baselines", "latency", "speed", "average", "quality"),
    *("effectiveness", "efficiency", "training", "details", "usage", "example", "parameters"),
    *("hyperparameters", "settings", "configuration", "memory", "cost", "metric", "in", "domain"),
    *("sparse", "dense", "hybrid", "encoder", "encoders", "splade", "bm25", "logs", "loss", "data"),
}


def is_set(text: str) -> bool:
    """Whether a text is nothing but the name of a data set that is known: `MS MARCO (dev)`."""
    return _ONLY.fullmatch(_words(text).strip()) is not None


def sets_in(text: str) -> tuple[str, ...]:
    """The different data sets that a text names, in lower case."""
    return tuple(dict.fromkeys(found.replace(" ", "") for found in _SETS.findall(_words(text))))


def said(text: str, *, marked: bool = False) -> str:
    """The data set that a heading or a line above a table names, without what leads up to it.

    Args:
        text: the line, without markup.
        marked: it stands by itself, in bold: then a name that is not known is one as well, unless
            it holds a word that headings are made of.

    Returns:
        The name as printed; "" where there is none, or more than that.
    """
    bare = _BRACKETS.sub("", _LEAD.sub("", text[:300])).strip(" :.-–—_*")
    if not bare or len(bare) > LONGEST or "@" in bare or "/" in bare:
        return ""
    if is_set(bare):
        return bare
    if sets_in(bare):
        return ""
    words = set(_words(bare).split())
    return bare if marked and words and not words & _OTHER else ""


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text[:300].lower())

"""The usage example of a card: texts, calls and the similarities that they print.

Nothing in a card is ever run. The lists of texts are found in the source by their brackets and
read as literals, so the code around them may be of any version, or damaged.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from harness.card import UsageExample
from harness.card.markdown import Fence

LONGEST_LIST: Final = 200_000
"""Characters of one list of texts."""

MOST_SCORES: Final = 10_000
MOST_FINDS: Final = 20
"""Lists, calls and shapes looked at in one block, for a block may be 5 MB of them."""

_NAMES = {
    "queries": "queries",
    "query": "queries",
    "documents": "documents",
    "document": "documents",
    "docs": "documents",
    "doc": "documents",
    "passages": "documents",
    "passage": "documents",
    "corpus": "documents",
    "sentences": "sentences",
}
_ASSIGNED = re.compile(rf"^[ \t]{{0,20}}({'|'.join(_NAMES)})[ \t]*=[ \t]*(?=[\[\"'])", re.MULTILINE)
_TOKEN = re.compile(
    r"""(?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<comment>\#[^\n]*)|(?P<space>[\s,]+)|(?P<bracket>[\[\]])|(?P<other>.)""",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:e[+-]?[0-9]{1,2})?")
_SHAPE = re.compile(r"[\[(]([0-9]{1,9}),\s?([0-9]{1,9})[\])]")
_CALL = re.compile(
    r"\.((?:encode|similarity)\w{0,40}\(\s{0,9}\w{1,40}(?:\s{0,9},\s{0,9}\w{1,40})?)"
)
_MODEL = re.compile(r"\b(?:SparseEncoder|SentenceTransformer)\(\s{0,20}[\"']([^\"'\s]{1,200})[\"']")


@dataclass(frozen=True)
class UsageFacts:
    """The example of a card, if it has one that can be used, and why not where it cannot."""

    example: UsageExample | None = None
    refused: tuple[str, ...] = ()


def read_usage(blocks: Sequence[Fence], source: str) -> UsageFacts:
    """The first example of a card that names its texts, and among these one that prints scores."""
    refused: list[str] = []
    found: list[UsageExample] = []
    for block in blocks:
        if block.info not in {"python", "py", "python3", ""} or not block.lines:
            continue
        where = f"{source} usage example, line {block.lines[0].number}"
        facts = _example("\n".join(line.text for line in block.lines), where)
        refused += facts.refused
        found += [facts.example] if facts.example is not None else []
    scored = [example for example in found if example.similarity]
    return UsageFacts(next(iter((*scored, *found)), None), tuple(refused))


def _example(code: str, where: str) -> UsageFacts:
    lists: dict[str, tuple[str, ...]] = {}
    refused: list[str] = []
    for match in islice(_ASSIGNED.finditer(code), MOST_FINDS):
        texts = literal_texts(code[match.end() : match.end() + LONGEST_LIST])
        if texts is None:
            refused.append(f"{where}: {match[1]} is no plain list of texts; it is not used.")
        else:
            lists.setdefault(_NAMES[match[1]], texts)
    sentences = lists.get("sentences", ())
    queries, documents = lists.get("queries", sentences), lists.get("documents", sentences)
    if not queries or not documents:
        if not refused and "tensor([[" in code and ".similarity(" in code:
            refused.append(
                f"{where}: similarities are printed, but no texts stand under a name that we know "
                f"({', '.join(_NAMES)}); it is not used."
            )
        return UsageFacts(None, tuple(refused))
    comments = [line.strip()[1:].strip() for line in code.split("\n") if line.lstrip()[:1] == "#"]
    similarity, trouble = _similarity(comments, len(queries), len(documents))
    refused += [f"{where}: {trouble}"] if trouble else []
    model = _MODEL.search(code)
    example = UsageExample(
        queries,
        documents,
        similarity,
        where,
        symmetric="queries" not in lists and "documents" not in lists,
        shapes=_shapes(comments),
        calls=tuple(f"{call[1]})" for call in islice(_CALL.finditer(code), MOST_FINDS)),
        model_id=model[1] if model else "",
    )
    return UsageFacts(example, tuple(refused))


def literal_texts(code: str) -> tuple[str, ...] | None:
    """The texts of the list (or the one text) that the code begins with; None for anything else.

    Only string literals, commas, comments and one pair of brackets are let through to the parser,
    so what it sees can be neither deep nor long to evaluate.
    """
    taken: list[str] = []
    for token in _TOKEN.finditer(code):
        if token["other"]:
            return None
        if token["comment"]:
            continue
        if token["bracket"] and bool(taken) == (token[0] == "["):
            return None
        taken.append(token[0])
        if token[0] == "]" or (token["string"] and len(taken) == 1):
            break
    else:
        return None
    try:
        value = ast.literal_eval("".join(taken))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    texts = (value,) if isinstance(value, str) else tuple(value)
    return (
        texts if texts and all(isinstance(text, str) and _sound(text) for text in texts) else None
    )


def _sound(text: str) -> bool:
    """Whether a text can be written to a file: a lone surrogate cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _shapes(comments: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The shapes in the first comment that holds nothing else (`torch.Size` aside)."""
    for comment in comments:
        rest = _SHAPE.sub("", comment[:300]).replace("torch.Size", "")
        if not rest.strip(" ,()") and (pairs := _SHAPE.findall(comment[:300])):
            return tuple((int(rows), int(columns)) for rows, columns in pairs[:MOST_FINDS])
    return ()


def _similarity(
    comments: Sequence[str], rows: int, columns: int
) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The printed scores, and a sentence where there are some that cannot be used."""
    text = " ".join(comments)
    start = text.find("tensor([[")
    if start < 0:
        start = next((text.find(line) for line in comments if line.startswith("[[")), -1)
    if start < 0:
        return (), ""
    end = text.find("]]", start)
    if end < 0 or end - start > MOST_SCORES * 30:
        return (), "the printed similarities never end; they are not used."
    inner = text[text.index("[[", start) + 1 : end + 1]
    matrix = tuple(
        tuple(cell for cell in re.split(r"[\s,]+", row) if cell)
        for row in re.findall(r"\[([^\[\]]*)\]", inner)
    )
    if any(_NUMBER.fullmatch(cell) is None for row in matrix for cell in row):
        return (), "the printed similarities are not all numbers; they are not used."
    if [len(row) for row in matrix] != [columns] * rows:
        return (), (
            f"the printed similarities are not {rows} rows of {columns} as the texts are; they are "
            "not used."
        )
    return matrix, ""

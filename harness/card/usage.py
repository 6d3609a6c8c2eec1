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
from harness.card.usage_calls import Followed, followed

LONGEST_LIST: Final = 200_000
"""Characters of one list of texts."""

MOST_SCORES: Final = 10_000
MOST_LINES: Final = 2_000
MOST_CODE: Final = 400_000
"""Characters of a block that are looked at; two lists of the longest fit."""

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
_MATRIX = re.compile(r"(?:\w{1,30}:\s{0,3})?(?:tensor\(|array\()?\[{1,2}\s{0,9}-?[0-9]{1,9}\.")
_ROW = re.compile(
    r"(?:\w{1,30}:\s{0,3})?(?:(?:tensor\(|array\()?\[([^\[\]]*)\]|tensor\(([0-9.]{1,20}))"
)
_PLACEHOLDERS = frozenset(
    (
        *("sparse_encoder_model_id", "sentence_transformers_model_id", "model_id", "model_name"),
        *("cross_encoder_model_id", "model", "your_model", "your-model", "model-id", "model-name"),
        *("your-model-name", "your_model_name", "my-model", "this-model", "multi_vector_model_id"),
    )
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
    for at, block in enumerate(blocks):
        if block.info not in {"python", "py", "python3", ""} or not block.lines:
            continue
        where = f"{source} usage example, line {block.lines[0].number}"
        after = blocks[at + 1] if at + 1 < len(blocks) else None
        output = after.lines if after is not None and after.info in {"", "text"} else ()
        printed = [line.text.strip() for line in output[:MOST_LINES]]
        code = "\n".join(line.text for line in block.lines)[:MOST_CODE]
        facts = _example(code, where, printed if _MATRIX.match("".join(printed[:1])) else [])
        refused += facts.refused
        found += [facts.example] if facts.example is not None else []
    scored = [example for example in found if example.similarity]
    return UsageFacts(next(iter((*scored, *found)), None), tuple(refused))


def _example(code: str, where: str, printed: Sequence[str]) -> UsageFacts:
    """The example of one block: by its calls where they can be followed, else by its names."""
    calls = list(islice(followed(code, _literal), MOST_FINDS))
    lists, unread = _lists(code, where) if not calls else ({}, [])
    sentences = lists.get("sentences", ())
    queries, documents = lists.get("queries", sentences), lists.get("documents", sentences)
    symmetric = "queries" not in lists and "documents" not in lists
    if queries and documents:
        calls = [Followed(queries, documents, symmetric, 0)]
    if not calls:
        scored = any(_MATRIX.match(comment) for comment in _comments(code))
        if not unread and (scored or (".similarity(" in code and "tensor([[" in code)):
            unread.append(
                f"{where}: similarities are printed, but no texts stand under a name that we know "
                f"({', '.join(_NAMES)}) and none can be followed from an encode call; it is not "
                "used."
            )
        return UsageFacts(None, tuple(unread))
    tried = [(call, *_similarity([*_comments(code[call.end :]), *printed], call)) for call in calls]
    call, similarity, trouble = next((one for one in tried if one[1]), tried[0])
    model = _MODEL.search(code)
    example = UsageExample(
        call.queries,
        call.documents,
        similarity,
        where,
        symmetric=call.symmetric,
        shapes=_shapes(_comments(code)),
        calls=tuple(f"{found[1]})" for found in islice(_CALL.finditer(code), MOST_FINDS)),
        model_id=model_named(model[1]) if model else "",
    )
    return UsageFacts(example, (*unread, *([f"{where}: {trouble}"] if trouble else [])))


def _lists(code: str, where: str) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Texts under the names that examples give them, and what under these names is none."""
    lists: dict[str, tuple[str, ...]] = {}
    refused: list[str] = []
    for match in islice(_ASSIGNED.finditer(code), MOST_FINDS):
        texts = _literal(code[match.end() :])
        if texts is None:
            refused.append(f"{where}: {match[1]} is no plain list of texts; it is not used.")
        else:
            lists.setdefault(_NAMES[match[1]], texts)
    return lists, refused


def _literal(code: str) -> tuple[str, ...] | None:
    return literal_texts(code[:LONGEST_LIST])


def _comments(code: str) -> list[str]:
    """The comments of a block: whole lines, and scores behind a statement."""
    found = []
    for line in code.split("\n"):
        before, mark, comment = line.partition("#")
        if mark and (not before.strip() or _MATRIX.match(comment.strip())):
            found.append(comment.strip())
    return found


def model_named(text: str) -> str:
    """The id of the model that an example loads; "" where it is a placeholder of a template."""
    last = text.rpartition("/")[2].lower()
    made_up = (
        any(letter in text for letter in "{}<>$")
        or last in _PLACEHOLDERS
        or text.lower().startswith(("path/", "path_", "/path", "your-", "your_", "username/"))
    )
    return "" if made_up else text


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


def _similarity(comments: Sequence[str], call: Followed) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The printed scores, and a sentence where there are some that cannot be used."""
    rows, columns = len(call.queries), len(call.documents)
    text = " ".join(comments)
    start = text.find("tensor([[")
    if start < 0:
        start = next((text.find(line) for line in comments if line.startswith("[[")), -1)
    if start < 0:
        followed_to = _row(comments, columns) if rows == 1 and call.end else ()
        unclear = any(map(_MATRIX.match, comments)) and not followed_to
        return followed_to, "printed numbers that were not understood are not used." * unclear
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


def _row(comments: Sequence[str], columns: int) -> tuple[tuple[str, ...], ...]:
    """The scores of one query where they are printed as one row, or as one number."""
    for comment in comments:
        found = _ROW.match(comment[: MOST_SCORES * 30])
        cells = (
            [cell for cell in re.split(r"[\s,]+", found[1] or found[2]) if cell] if found else []
        )
        plain = bool(cells) and all(_NUMBER.fullmatch(cell) and "." in cell for cell in cells)
        if plain and len(cells) == columns:
            return (tuple(cells),)
    return ()

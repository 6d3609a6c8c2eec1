"""Reads a model-index line by line where its YAML no longer parses.

Cards lose their indentation on the way through forms, exports and editors; the lines themselves
stay. What is relied on is only what every writer of a model-index keeps: the lines `task:`,
`dataset:` and `metrics:` open a part, and a dash opens each metric. A metric that has lost a line
shows itself as one with a key missing or given twice, and is then refused by
`harness.card.model_index`, never completed from its neighbours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.card.markdown import Line
from harness.card.model_index import Index, IndexResult

_ENTRY = re.compile(r"((?:-\s+)*)([A-Za-z_][\w-]{0,40})\s?:(?:\s+(.*))?")
_PARTS = ("task", "dataset", "metrics", "source", "results")
_TOP = ("tags", "widget", "license", "language", "base_model", "pipeline_tag", "library_name")
"""Keys beside the model-index: with the indentation gone, the sign of its end."""
_NO = ("", "", False)


@dataclass
class _Reading:
    """Where the reader stands: the part it is in and the result it is filling."""

    part: str = ""
    name: str = ""
    task: dict[str, str] = field(default_factory=dict)
    dataset: dict[str, str] = field(default_factory=dict)
    groups: list[dict[str, tuple[str, ...]]] = field(default_factory=list)
    results: list[IndexResult] = field(default_factory=list)

    def close(self) -> None:
        """Put the result away, if it has anything in it."""
        if self.groups:
            groups = tuple(dict(group) for group in self.groups)
            self.results.append(IndexResult(self.task, self.dataset, groups))
        self.task, self.dataset, self.groups = {}, {}, []

    def open(self, part: str) -> None:
        """Enter a part; a task or data set after metrics begins the next result."""
        if part in {"task", "dataset"} and self.groups:
            self.close()
        self.part = part

    def take(self, key: str, value: str, dashed: bool) -> None:
        """Put one `key: value` where it belongs."""
        if self.part == "metrics":
            if dashed or not self.groups:
                self.groups.append({})
            self.groups[-1][key] = (*self.groups[-1].get(key, ()), value)
        elif self.part == "task":
            self.task.setdefault(key, value)
        elif self.part == "dataset":
            self.dataset.setdefault(key, value)
        elif self.part == "" and key == "name":
            self.name = self.name or value


def read(lines: Iterable[Line]) -> Index:
    """The model-index of a damaged front matter; empty where it has none."""
    reading = _Reading()
    begun = False
    for line in lines:
        if len(line.text) > 2000:
            continue  # a widget's passage
        match = _ENTRY.fullmatch(line.text.strip())
        key, value, dashed = (match[2], _scalar(match[3] or ""), bool(match[1])) if match else _NO
        if key == "model-index":
            begun = True
            reading.open("")
        elif not begun or not key:
            continue
        elif key in _TOP and not dashed:
            begun = False
        elif key in _PARTS and not value:
            reading.open(key)
        else:
            reading.take(key, value, dashed)
    reading.close()
    return Index(reading.name, tuple(reading.results))


def _scalar(text: str) -> str:
    """The value of a YAML scalar on one line: without its quotes or the comment after it."""
    bare = text.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
        return bare[1:-1]
    return re.split(r"\s#", bare, maxsplit=1)[0].strip()

"""What is a fault, whatever the input was; and how a case is counted.

=========  ===================================================================================
right      the exit code is one that is right, and the numbers are those that are known
refused    exit code 2 or 3 where that is right, with one sentence on stderr
fault      anything of `FAULTS`
=========  ===================================================================================
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile.case import MARKUP, REFUSED, Case
from benchmarks.hostile.sandbox import Outcome

SECONDS = 10.0
MEGABYTES = 3000.0
_EVALUATING = frozenset({"eval", "reproduce", "encode"})
LINES = 4  # of stderr where a command line is refused: the sentence, and what was told before it
LONGEST = 2000  # characters of one line of stderr
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FONTS = re.compile(r"home/\.(cache|config)(/matplotlib(/.*)?)?")
"""ranx imports matplotlib, which keeps a list of fonts in the platform's folder for caches. Where
that cannot be written it is not, and nothing fails: HOME=/nowhere and "read-only folders"."""
_FORMULA = re.compile(r'(?:^|,)"?[=@+\t\r]|(?:^|,)"?-(?![0-9.])', re.MULTILINE)


@dataclass(frozen=True)
class Seen:
    """A run and the files of its bench before and after, by their paths."""

    case: Case
    outcome: Outcome
    before: Mapping[str, tuple[str, int, int]]
    after: Mapping[str, tuple[str, int, int]]
    folder: Path
    slow: float

    @property
    def changed(self) -> Iterator[str]:
        """What is new, gone or different, but for folders that only got a new time."""
        for path in sorted({*self.before, *self.after}):
            if self.before.get(path) != self.after.get(path):
                yield path

    @property
    def stderr(self) -> str:
        return self.outcome.stderr.decode("utf-8", "replace")

    @property
    def stdout(self) -> str:
        return self.outcome.stdout.decode("utf-8", "replace")


def state(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Every file below a folder: its kind, size and time of change."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        if path.is_symlink():
            found[str(path.relative_to(folder))] = ("link", 0, 0)
        elif path.is_dir():
            found[str(path.relative_to(folder))] = ("folder", 0, 0)
        else:
            found[str(path.relative_to(folder))] = ("file", status.st_size, status.st_mtime_ns)
    return found


def defect(seen: Seen) -> str | None:
    """An exit code that nobody documents, or 70."""
    code = seen.outcome.code
    if seen.outcome.killed:
        return None
    if code in {0, 1, 2, 3, 130, 141}:
        return None
    return f"exit code {code}"


def traceback(seen: Seen) -> str | None:
    marks = ("Traceback (most recent", "Exception ignored", 'File "/', "Fatal Python error")
    return next((mark for mark in marks if mark in seen.stderr + seen.stdout), None)


def hang(seen: Seen) -> str | None:
    wall = seen.outcome.wall
    # A whole evaluation on an empty cache computes for 8 to 9 s by itself (kernels are compiled).
    whole = seen.case.argv[0] in _EVALUATING and seen.outcome.code in {0, 1}
    if seen.outcome.killed or wall > SECONDS * seen.slow * (2 if whole else 1):
        return f"{wall:.1f} s, {seen.outcome.cpu:.1f} s of them computing"
    return None


def memory(seen: Seen) -> str | None:
    peak = seen.outcome.peak_mb
    return f"{peak:,.0f} MB" if peak > MEGABYTES else None


def control(seen: Seen) -> str | None:
    """Raw control characters, on the terminal or in a file that was written."""
    encoding = seen.case.environment.get("PYTHONIOENCODING") or "utf-8"
    for name, raw in (("stdout", seen.outcome.stdout), ("stderr", seen.outcome.stderr)):
        if mark := _raw(raw, encoding):
            return f"{mark} on {name}"
    for path in _written(seen):
        if path.suffix != ".gz" and (mark := _raw(path.read_bytes())):
            return f"{mark} in {path.name}"
    return None


def markup(seen: Seen) -> str | None:
    """HTML or a formula that came from the input, where a program will act on it."""
    for path in _written(seen):
        content = path.read_text("utf-8", "replace") if path.suffix in {".md", ".csv"} else ""
        if path.suffix == ".md" and MARKUP in content:
            return f"markup in {path.name}"
        if path.suffix == ".csv" and (cell := _FORMULA.search(content)):
            return f"the formula {content[cell.start() : cell.start() + 20]!r} in {path.name}"
    return None


def outside(seen: Seen) -> str | None:
    """Files beside the folders that were given."""
    given = ("cache", "tmp", "stdout", "stderr", "gone", "work/results", *seen.case.outputs)
    for path in seen.changed:
        within = any(path == one or path.startswith(f"{one}/") for one in given)
        if not within and not _FONTS.fullmatch(path):
            return f"{path} was {'changed' if path in seen.before else 'made'}"
    return None


def remains(seen: Seen) -> str | None:
    """What a command that was refused, or its temporary files, left where results are."""
    for path in seen.changed:
        if path.endswith(".tmp"):
            return f"{path} was left"
        if seen.outcome.code == 2 and path.startswith(("work/", *seen.case.outputs)):
            return f"refused, and {path} is another"
    return None


def talk(seen: Seen) -> str | None:
    """A refusal is one sentence, of bounded length, on the last line of stderr."""
    lines = seen.stderr.splitlines()
    if any(len(line) > LONGEST for line in lines):
        return f"a line of {max(map(len, lines)):,} characters on stderr"
    unheard = any(word in seen.case.streams for word in ("stderr", "both", "all"))
    if seen.outcome.code not in REFUSED or unheard:
        return None
    if not lines or not lines[-1].startswith("Error: "):
        return "no sentence on stderr" if not lines else f"the last line: {lines[-1][:200]}"
    if len(lines) > LINES or lines[0].startswith("Usage:"):
        return f"{len(lines)} lines on stderr: {lines[0][:80]}"
    return None


def object_(seen: Seen) -> str | None:
    """`--format json`: one object and no NaN, or nothing where there is no answer."""
    if not is_json(seen.case) or seen.case.streams != "files":
        return None
    if seen.outcome.code in REFUSED and not seen.stdout:
        return None
    try:
        found = json.loads(seen.outcome.stdout, parse_constant=_no_constant)
    except ValueError as error:
        return f"stdout: {str(error)[:100]}"
    return None if isinstance(found, dict) else "stdout is no object"


def is_json(case: Case) -> bool:
    return any(
        a == "--format" and b == "json" for a, b in zip(case.argv, case.argv[1:], strict=False)
    )


def code(seen: Seen) -> str | None:
    """An exit code that cannot be right: a flaw accepted in silence, a good file refused."""
    if seen.outcome.code in seen.case.codes or seen.outcome.killed:
        return None
    right = ", ".join(map(str, sorted(seen.case.codes)))
    said = (seen.stderr.strip().splitlines() or ["nothing on stderr"])[-1][:300]
    return f"exit code {seen.outcome.code}, where {right} is right ({said})"


def number(seen: Seen) -> str | None:
    """A number that differs from the one that is known."""
    if seen.case.scores is None or seen.outcome.code not in {0, 1} or object_(seen):
        return None
    found = json.loads(seen.outcome.stdout).get("scores", {})
    for measure, expected in seen.case.scores.items():
        value = found.get(measure, math.nan)
        if not math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-9):
            return f"{measure} is {value}, and {expected} is right"
    return None


FAULTS: Mapping[str, Callable[[Seen], str | None]] = {
    "exit 70": defect,
    "traceback": traceback,
    "hang": hang,
    "memory": memory,
    "control characters": control,
    "markup": markup,
    "file outside": outside,
    "left behind": remains,
    "stderr": talk,
    "stdout": object_,
    "wrong code": code,
    "wrong number": number,
}
"""What may never be, by the column in which it is counted."""


def verdict(seen: Seen) -> tuple[str, str]:
    """`right`, `refused` or the fault, and what there is to say about it."""
    for name, fault in FAULTS.items():
        if found := fault(seen):
            return name, found
    return ("refused" if seen.outcome.code in REFUSED else "right"), ""


def _written(seen: Seen) -> Iterator[Path]:
    """Text that the command wrote where results are."""
    for name in seen.changed:
        path = seen.folder / name
        kept = path.suffix in {".json", ".md", ".csv", ".gz", ".toml"} and name.startswith("work/")
        if kept and path.is_file() and not path.is_symlink():
            yield path


def _raw(raw: bytes, encoding: str = "utf-8") -> str:
    """The first control character, by its number; a text that cannot be decoded has one."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        return f"a byte {raw[error.start]:#x} that is no {encoding}"
    for mark in set(text) - {"\n", "\t"}:
        if unicodedata.category(mark) == "Cc" or mark in _BIDI:
            return f"U+{ord(mark):04X}"
    return ""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")

"""What stands in a run file beside its rankings: comments, an ir_metadata header, blank lines."""

from pathlib import Path

from harness.data.text_lines import naming


class Notes:
    """The lines of a run file that are no rankings.

    Attributes:
        at_start: comments before the first ranking, with their line numbers.
    """

    def __init__(self) -> None:
        self.at_start: list[tuple[int, bytes]] = []
        self._left_out: list[range] = []  # line numbers

    def left_out(self, block: bytes, first: int) -> bytes:
        """The rows of a block whose first line has the number `first`, without the notes."""
        if not block.strip():
            self._leave_out(first, block.count(b"\n"))
            return b""
        rows = []
        for line, raw in enumerate(block[:-1].split(b"\n"), first):
            if not is_note(raw):
                rows.append(raw + b"\n")
                continue
            self._leave_out(line, 1)
            if raw.startswith(b"#") and self._left_out[0] == range(1, line + 1):
                self.at_start.append((line, raw.rstrip(b"\r")))
        return b"".join(rows)

    def line_of(self, row: int) -> int:
        """The number of the line on which a row stands; both count from 1."""
        for lines in self._left_out:
            if lines.start > row:
                break
            row += len(lines)
        return row

    def header(self, path: Path | str) -> tuple[str, ...]:
        """The comments before the first ranking as text.

        Raises:
            InputError: they are no UTF-8.
        """
        found = []
        for line, raw in self.at_start:
            with naming(path, line):
                found.append(raw.decode())
        return tuple(found)

    def _leave_out(self, first: int, lines: int) -> None:
        joins = bool(self._left_out) and self._left_out[-1].stop == first
        start = self._left_out.pop().start if joins else first
        self._left_out.append(range(start, first + lines))


def has_comment(block: bytes) -> bool:
    """Whether a line of the block begins with `#`."""
    return block.startswith(b"#") or b"\n#" in block


def is_note(line: bytes) -> bool:
    """Whether a line is blank or a comment."""
    return line.startswith(b"#") or not line.strip()

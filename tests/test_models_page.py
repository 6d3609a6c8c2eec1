"""docs/models.md says what the zoo proves."""

import re

from tests.support.zoo.kinds import KINDS
from tests.support.zoo.table import PAGE, table, written

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_table_is_up_to_date():
    assert written(TEXT) == TEXT, "run `python -m tests.support.zoo`"
    assert table() in TEXT


def test_every_kind_has_its_line():
    lines = table().splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == [f"| {kind.what}" for kind in KINDS.values()]
    assert all("equal (" in line or "refused" in line for line in lines)


def test_every_linked_file_exists():
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (PAGE.parent / link).exists(), link

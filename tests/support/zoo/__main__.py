"""Write the table of docs/models.md again: `python -m tests.support.zoo`."""

from tests.support.zoo.table import PAGE, written

if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""How wide are the intervals of the shipped results? A table for `docs/float32.md`.

    python -m benchmarks.widths [--results results]

For every number of every result that says so: how far below and above the measured score another
processor, library or batch may print it. A number that nothing leaves open is 0 wide.
"""

from pathlib import Path

import click

from benchmarks.machine import table
from harness.experiment.result import read_result


@click.command(help=__doc__)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"))
def main(results):
    read = [read_result(path) for path in sorted(results.glob("*.json"))]
    told = [result for result in read if result.intervals is not None]
    rows = []
    for key in told[0].scores:
        row = {"number": key}
        for result in told:
            score, around = result.scores[key], result.intervals.get(key)
            row[result.name] = (
                f"-{score - around.low:.1e} +{around.high - score:.1e}" if around else "0"
            )
        rows.append(row)
    print(table(rows))


if __name__ == "__main__":
    main()

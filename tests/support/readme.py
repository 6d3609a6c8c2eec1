"""Write README.md's derived parts again: `python -m tests.support.readme`."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tree() -> str:
    """One line for each file: the first line of its docstring, without its last point."""
    lines = []
    for path in sorted((ROOT / "harness").rglob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        says = docstring.partition("\n")[0].rstrip(".")
        lines.append(f"{path.relative_to(ROOT)!s:38} {says}")
    lines += [
        "harness/experiment/shipped/*.toml             the shipped experiments",
        "harness/collection/sampler/            the shipped collection: 36 questions, 372 passages",
        "tests/                                 the proof; support/oracle.py: each measure again",
        "benchmarks/                            speed and memory, as paired ratios",
        "results/                               what was measured here",
    ]
    return "```\n" + "\n".join(lines) + "\n```"


def experiments() -> str:
    """The shipped experiments with what is published and what was measured here."""
    from harness.experiment.result import read_result
    from harness.experiment.spec import open_experiment, shipped

    rows = []
    for name in shipped():
        experiment = open_experiment(name)
        claimed = {claim.name: f"{claim.value:.4f}" for claim in experiment.published.numbers}
        path = ROOT / "results" / f"{name}.json"
        scores = read_result(path).scores if path.is_file() else {}
        rows.append(
            {
                "experiment": f"[{name}](harness/experiment/shipped/{name}.toml)",
                "what": experiment.title,
                "numbers": str(len(claimed)),
                "published ndcg@10": claimed.get("ndcg@10", ""),
                "measured": f"{scores['dot_ndcg@10']:.4f}" if scores else "not run here",
            }
        )
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(lines)


def written(text: str) -> str:
    """The README with its derived parts as they should be."""
    for mark, part in (("tree", tree()), ("experiments", experiments())):
        pattern = f"(<!-- {mark} -->).*?(<!-- /{mark} -->)"
        text = re.sub(pattern, lambda m, p=part: f"{m[1]}\n{p}\n{m[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text(encoding="utf-8")), encoding="utf-8")

"""Write README.md's derived parts again: `python -m tests.support.readme`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


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
    for mark, part in (("experiments", experiments()),):
        pattern = f"(<!-- {mark} -->).*?(<!-- /{mark} -->)"
        text = re.sub(pattern, lambda m, p=part: f"{m[1]}\n{p}\n{m[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text(encoding="utf-8")), encoding="utf-8")

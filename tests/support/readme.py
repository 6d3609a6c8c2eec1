"""Write README.md's derived parts again: `python -m tests.support.readme`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def experiments() -> str:
    """The shipped experiments that were run here, and below them the others, model by model."""
    from harness.experiment.result import read_result
    from harness.experiment.spec import by_model

    here, others = [], []
    for group in by_model():
        named = []
        for one in group:
            claimed = {claim.name: claim for claim in one.published.numbers}
            first = claimed.get("ndcg@10") or claimed["mrr@10"]
            link = f"[{one.name}](harness/experiment/shipped/{one.name}.toml)"
            result = ROOT / "results" / f"{one.name}.json"
            if result.is_file():
                measured = read_result(result).scores["dot_ndcg@10"]
                ends = f"{first.value:.4f}", f"{measured:.4f}"
                here.append((link, one.title, str(len(claimed)), *ends))
            else:
                printed = f"{first.value:.4f}" if first.exact else first.text
                named.append(f"{link} ({first.name} {printed})")
        if named:
            others.append((group[0].model.id.removeprefix("asset:"), ", ".join(named)))
    run = table(("experiment", "what", "numbers", "published ndcg@10", "measured"), here)
    return run + "\n\n" + table(("model", "not run here (and a number that is published)"), others)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Markdown's."""
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def written(text: str) -> str:
    """The README with its derived parts as they should be."""
    for mark, part in (("experiments", experiments()),):
        pattern = f"(<!-- {mark} -->).*?(<!-- /{mark} -->)"
        text = re.sub(pattern, lambda m, p=part: f"{m[1]}\n{p}\n{m[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text(encoding="utf-8")), encoding="utf-8")

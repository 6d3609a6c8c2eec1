"""An explanation as text: a sentence, a table of conventions, and what changes nothing."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from harness.report.tables import Style, as_text
from harness.system import inert
from harness.why.classes import Box
from harness.why.explain import Explanation
from harness.why.rules import ANY, Rule
from harness.why.verdict import NOTHING, WEAK, WhyAnswer

_SHOWN = 8  # boxes of one class on a page; JSON has all
_LONGEST = 5_000  # characters of a line that is no table
_COLUMNS = ("class", "what", "by", "whose", "this result")


def sentence(explanation: Explanation) -> str:
    """The verdict as one line."""
    answered, many = explanation.answered, len(explanation.judged)
    be = "is" if len(answered.off) == 1 else "are"
    off = f"{len(answered.off)} of {_count(many)} {be} off ({', '.join(answered.off[:4])}"
    off += f" and {len(answered.off) - 4} more)" if len(answered.off) > 4 else ")"
    if explanation.answer is WhyAnswer.NOTHING_OFF:
        own = "under the result's own convention"
        within = ", within what float32 leaves open" if answered.boxes else ""
        return f"Nothing is off: {_every(many)} {_comes(many)} out {own}{within}."
    if explanation.answer is WhyAnswer.EXPLAINED:
        return f"{off}; {_every(many)} {_comes(many)} out {_by(explanation)}.{_weight(explanation)}"
    if explanation.answer is WhyAnswer.PARTLY:
        return (
            f"{off}; none of the conventions prints all of them. Those below print some, which is "
            "weak evidence."
        )
    return f"{off}; none of the conventions that were tried prints any of them."


def page(explanation: Explanation, style: Style = "table") -> str:
    """The conventions that fit, and what changes nothing on this data."""
    parts = []
    boxes, exact = explanation.answered.boxes, explanation.answered.exact
    if boxes:
        parts.append(_table(explanation, boxes, style))
    if exact and exact != boxes:
        parts.append("To the last digit, and not only within what float32 leaves open:")
        parts.append(_table(explanation, exact, style))
    for some in explanation.answered.partials:
        parts.append(
            f"{len(some.fits)} of {len(explanation.judged)} come out, of those that are off "
            f"{', '.join(some.explains)}, by:"
        )
        parts.append(_table(explanation, some.boxes, style))
    safe = inert.markdown if style == "markdown" else partial(inert.line, most=_LONGEST)
    parts += map(safe, _told(explanation))
    return "\n\n".join(parts)


def as_data(explanation: Explanation) -> dict[str, Any]:
    """The explanation for JSON: every box, whatever a page shows."""
    answered = explanation.answered
    return {
        "answer": str(explanation.answer),
        "explained": explanation.explained,
        "variant": explanation.variant,
        "off": answered.off,
        "judged": explanation.judged,
        "unjudged": explanation.unjudged,
        "own": dict(explanation.own),
        "classes": [_box(box, explanation.own) for box in answered.boxes],
        "exact_classes": [_box(box, explanation.own) for box in answered.exact],
        "partly": [
            {
                "fits": some.fits,
                "explains": some.explains,
                "classes": [_box(box, explanation.own) for box in some.boxes],
            }
            for some in answered.partials
        ],
        "changes_nothing": [one.aspect for one in answered.alike if one.inert],
        "alike": {one.aspect: one.groups for one in answered.alike},
        "expected_by_chance": answered.chance,
        "tools": explanation.tools,
        "rankings": explanation.source,
        "notes": explanation.notes,
    }


def _box(box: Box, own: Mapping[str, str]) -> dict[str, Any]:
    return {"rules": dict(box.rules), "unlike_this_result": box.deviates(own)}


def _count(many: int) -> str:
    return f"{many} published number{'' if many == 1 else 's'}"


def _every(many: int) -> str:
    return "the one" if many == 1 else f"all {many}"


def _comes(many: int) -> str:
    return "comes" if many == 1 else "come"


def _by(explanation: Explanation) -> str:
    boxes = explanation.answered.boxes
    single = len(boxes) == 1 and all(len(names) == 1 for names in boxes[0].rules.values())
    if any(ANY.name in names for box in boxes for names in box.rules.values()):
        return "in some order of equal scores that no rule here gives, with the conventions below"
    if single:
        return "under one other convention"
    return "under conventions that these digits do not tell apart"


def _weight(explanation: Explanation) -> str:
    chance, off = explanation.answered.chance, len(explanation.answered.off)
    if chance <= WEAK:
        return ""
    rest = f"only {off} of the numbers tell{'s' if off == 1 else ''} conventions apart"
    expected = f"{chance:.1g} such fits are expected by chance"
    if chance >= NOTHING:
        return f" That says nothing: {rest}, and {expected}."
    return f" The evidence is weak: {rest}, and {expected}."


def _table(explanation: Explanation, boxes: Sequence[Box], style: Style) -> str:
    shown = list(enumerate(boxes[:_SHOWN], 1))
    rows = [row for number, box in shown for row in _rows(explanation, box, str(number))]
    lines = [_open(explanation, box, number) for number, box in shown]
    more = len(boxes) - _SHOWN
    lines.append(f"{more} more are in --format json." if more > 0 else "")
    return "\n\n".join([as_text(rows, _COLUMNS, style), *filter(None, lines)])


def _rows(explanation: Explanation, box: Box, number: str) -> list[dict[str, str]]:
    """What is unlike the result's own convention."""
    unlike = box.deviates(explanation.own)
    rows = []
    for aspect in explanation.aspects:
        if aspect.name not in unlike:
            continue
        chosen = [aspect[name] for name in box.rules[aspect.name]]
        rows.append(
            {
                "class": number,
                "what": aspect.about,
                "by": " or ".join(map(_shown, chosen)),
                "whose": "; ".join(dict.fromkeys(rule.whose for rule in chosen)),
                "this result": explanation.own[aspect.name],
            }
        )
    return rows or [{"class": number, "what": "as this result"}]


def _shown(rule: Rule) -> str:
    return f"{rule.name} ({rule.text})"


def _open(explanation: Explanation, box: Box, number: int) -> str:
    """What the digits leave open within one class, the result's own rule among it."""
    unlike = box.deviates(explanation.own)
    told = [
        f"{aspect.about} ({', '.join(box.rules[aspect.name])})"
        for aspect in explanation.aspects
        if aspect.name not in unlike and len(box.rules.get(aspect.name, ())) > 1
    ]
    return f"Class {number} leaves open: {'; '.join(told)}." if told else ""


def _told(explanation: Explanation) -> list[str]:
    told = []
    if explanation.tools:
        told.append(f"Evaluators that do so: {'; '.join(explanation.tools)}.")
    inert = [one.aspect for one in explanation.answered.alike if one.inert]
    if inert and explanation.answer is not WhyAnswer.NOTHING_OFF:
        about = {aspect.name: aspect.about for aspect in explanation.aspects}
        told.append(f"Changes nothing here: {'; '.join(about.get(one, one) for one in inert)}.")
    if explanation.unjudged:
        told.append(f"Not judged: {'; '.join(explanation.unjudged)}.")
    if explanation.source:
        told.append(f"Rankings: {explanation.source}.")
    return [*told, *explanation.notes]

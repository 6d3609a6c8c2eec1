"""What a runner of GitHub makes of a line of a log, after its source (ActionCommand.cs)."""

import re

KNOWN = {
    *("error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "echo"),
    *("stop-commands", "set-env", "add-path", "set-output", "save-state", "add-matcher"),
}


def command_of(line):
    """(name, properties, message) of a workflow command; None for any other line."""
    new = re.match(r"\s*::(.*?)::(.*)", line, re.DOTALL)
    if new:
        name, _, given = new.group(1).partition(" ")
        if name in KNOWN:
            pairs = [one.split("=", 1) for one in given.strip().split(",") if one]
            escapes = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
            properties = {one[0]: _plain(one[1], escapes) for one in pairs if len(one) == 2}
            return name, properties, _plain(new.group(2), (*escapes[:2], escapes[-1]))
    old = re.search(r"##\[(.*?)\](.*)", line, re.DOTALL)
    if old and old.group(1).partition(" ")[0] in KNOWN:
        return old.group(1).partition(" ")[0], {}, old.group(2)
    return None


def _plain(text, escapes):
    for shown, meant in escapes:
        text = text.replace(shown, meant)
    return text

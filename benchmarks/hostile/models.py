"""Checkpoints: configurations, tokenizers, modules and weights; flawed, damaged and rewritten."""

import json
import math
import struct
from pathlib import Path

from benchmarks.hostile.case import ANY, FINE, REFUSED, Bench, Case
from benchmarks.hostile.files import damage
from benchmarks.hostile.records import spoil

CONFIGURATIONS = (
    "st/config.json",
    "st/tokenizer_config.json",
    "st/modules.json",
    "st/sentence_bert_config.json",
    "st/config_sentence_transformers.json",
    "st/1_SpladePooling/config.json",
)
_OPTIONAL = {
    "st/tokenizer_config.json",
    "st/sentence_bert_config.json",
    "st/config_sentence_transformers.json",
    "st/1_SpladePooling/config.json",
    "st/modules.json",
}


def configuration(bench: Bench) -> Case:
    """A key of one of the JSON files is another, or the file is damaged."""
    name = bench.chance.choice(CONFIGURATIONS)
    scores, codes, way = None, ANY, bench.chance.random()
    if way < 0.15:
        content = json.loads(bench.text(name))
        bench.write(name, json.dumps(content, indent=bench.chance.choice((None, 1, 7))) + "\n\n")
        flaw, codes, scores = f"{name}, written in another way", FINE, _truth(bench)
    elif way < 0.75:
        content = json.loads(bench.text(name))
        flaw = f"{name}, {spoil(bench, content)}"
        bench.write(name, json.dumps(content))
    else:
        flaw, codes = damage(bench, name)
        codes = ANY if name in _OPTIONAL and "missing" in flaw else codes
    return _eval(bench, "configuration", flaw, codes, scores)


def tokenizer(bench: Bench) -> Case:
    """tokenizer.json, key by key and entry by entry."""
    name, codes = "st/tokenizer.json", ANY
    if bench.chance.random() < 0.6:
        content = json.loads(bench.text(name))
        if bench.chance.random() < 0.5:
            vocabulary = content["model"]["vocab"]
            entry = bench.chance.choice(sorted(vocabulary))
            number = bench.chance.choice((-1, 10**9, 10**30, 0, 1.5, "x", None, len(vocabulary)))
            vocabulary[entry] = number
            flaw = f"{entry} is number {str(number)[:12]}"
        else:
            flaw = spoil(bench, content)
        bench.write(name, json.dumps(content))
    else:
        flaw, codes = damage(bench, name)
    return _eval(bench, "tokenizer", flaw, codes, None)


def weights(bench: Bench) -> Case:
    """A safetensors file that lies, or holds what no weight can be."""
    name = "st/model.safetensors"
    if bench.chance.random() < 0.65:
        flaw, codes = _lie(bench, bench.work / name)
    else:
        # A bit of a weight is a weight like another: flips are only to be survived.
        flaw, codes = damage(bench, name)
    return _eval(bench, "weights", flaw, codes, None)


def _lie(bench: Bench, path: Path) -> tuple[str, frozenset[int]]:
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header, body = json.loads(raw[8 : 8 + length]), bytearray(raw[8 + length :])
    tensors = [key for key in header if key != "__metadata__"]
    chosen = bench.chance.choice(tensors)
    act, codes = bench.chance.randrange(7), REFUSED
    if act == 0:
        header[chosen]["shape"] = bench.chance.choice(([1], [-1], [10**12, 10**12], "x", []))
        flaw = f"{chosen} has another shape"
    elif act == 1:
        header[chosen]["dtype"] = bench.chance.choice(("F64", "I8", "X", 5, "BOOL"))
        flaw = f"{chosen} has another dtype"
    elif act == 2:
        header[chosen]["data_offsets"] = bench.chance.choice(([0, 10**15], [-4, 4], [8, 0]))
        flaw = f"{chosen} lies elsewhere"
    elif act == 3:
        header[bench.hostile()] = header.pop(chosen)
        flaw = f"{chosen} under another name"
    elif act == 4:
        start, _ = header[chosen]["data_offsets"]
        value = bench.chance.choice((math.nan, math.inf, -math.inf))
        body[start : start + 4] = struct.pack("<f", value)
        flaw, codes = f"{value} in {chosen}", ANY
    elif act == 5:
        header["__metadata__"] = {bench.hostile(): bench.hostile()}
        flaw, codes = "a strange key beside the tensors", ANY
    else:
        lie = bench.chance.choice((0, 1, 2**63, 2**40, len(raw)))
        path.write_bytes(struct.pack("<Q", lie) + raw[8:])
        return f"a header of {lie} bytes", REFUSED
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return flaw, codes


def _truth(bench: Bench) -> dict[str, float]:
    found: dict[str, float] = json.loads((bench.good / "truth.json").read_text())["eval"]
    return found


def _eval(bench: Bench, kind: str, flaw: str, codes: frozenset[int], scores) -> Case:
    command = "eval" if scores or bench.chance.random() < 0.6 else "encode"
    argv = [command, "--model", "st", "--collection", "beir", "--device", "cpu", "--threads", "1"]
    if bench.chance.random() < 0.3:
        bench.warm()
    if command == "eval":
        argv += ["--results", "results", "--format", "json"]
    return Case(command, kind, flaw, tuple(argv), codes, scores)

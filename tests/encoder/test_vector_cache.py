"""Shards: found again by what determines them, never trusted, never half there."""

import errno
import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import harness.encoder.vector_cache
from harness.encoder.vector_cache import VectorCache, _key
from harness.errors import InputError, UnreachableError
from tests.support import ROOT
from tests.support.fakes import VOCAB, FakeEncoder

TEXTS = [f"text {n} of {n % 7} words {'more ' * (n % 5)}" for n in range(25)]
SHARDS = 3


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(harness.encoder.vector_cache, "SHARD_TEXTS", 10)


@pytest.fixture
def store(tmp_path):
    return VectorCache(tmp_path / "vectors")


def run(store, encoder, texts=TEXTS, role="document"):
    """Everything that comes out, comparable."""
    return [
        (
            shard.vectors.indptr.tolist(),
            shard.vectors.indices.tolist(),
            shard.vectors.values.tolist(),
            shard.vectors.indices.dtype.str,
            shard.tokens,
            shard.truncated,
            shard.unknown,
            shard.near.indptr.tolist(),
            shard.near.indices.tolist(),
            shard.near.active.tolist(),
        )
        for shard in store.encoded(encoder, iter(texts), role)
    ]


def shards(store):
    return sorted(store.root.glob("*/*.safetensors"))


def test_what_is_read_is_what_was_encoded(store):
    encoder = FakeEncoder()
    run(store, encoder)
    (first, *_) = store.encoded(FakeEncoder(), iter(TEXTS), "document")
    expected = encoder.encode(TEXTS[:10], "document")
    assert first.near.indices.tolist() == [len(text) % VOCAB for text in TEXTS[:10]]
    assert first.near.active.tolist() == [len(text) % 2 == 0 for text in TEXTS[:10]]
    for name in ("indptr", "indices", "values"):
        found = getattr(first.vectors, name)
        assert found.tolist() == getattr(expected.vectors, name).tolist()


def test_the_same_texts_are_encoded_once(store):
    first, second = FakeEncoder(), FakeEncoder()
    expected = run(store, first)
    assert [texts for _, texts in first.calls] == [
        tuple(TEXTS[:10]),
        tuple(TEXTS[10:20]),
        tuple(TEXTS[20:]),
    ]
    assert run(store, second) == expected
    assert second.calls == []
    assert len(shards(store)) == SHARDS
    direct = FakeEncoder().encode(TEXTS[:10], "document")
    assert expected[0][2] == direct.vectors.values.tolist()
    assert expected[0][4:7] == (direct.tokens, direct.truncated, direct.unknown)


def test_nothing_is_encoded_before_it_is_asked_for(store):
    encoder = FakeEncoder()
    stream = store.encoded(encoder, iter(TEXTS), "document")
    assert encoder.calls == []
    next(stream)
    assert len(encoder.calls) == 1


@pytest.mark.parametrize("position", [0, 12, 24])
def test_a_changed_letter_encodes_its_shard_again_and_no_other(store, position):
    run(store, FakeEncoder())
    encoder = FakeEncoder()
    texts = TEXTS.copy()
    texts[position] = texts[position].replace("text", "Text")
    found = run(store, encoder, texts)
    assert [texts[position] in given for _, given in encoder.calls] == [True]
    assert found == run(VectorCache(store.root.with_name("fresh")), FakeEncoder(), texts)


def test_tokens_of_the_next_shard_are_made_while_one_is_encoded(store):
    made = [threading.Event() for _ in range(SHARDS)]

    class Watched(FakeEncoder):
        def tokens(self, texts, role):
            made[TEXTS.index(texts[0]) // 10].set()
            return super().tokens(texts, role)

        def encode_tokens(self, texts, role):
            number = TEXTS.index(texts[0]) // 10
            assert made[min(number + 1, SHARDS - 1)].wait(10)
            return super().encode_tokens(texts, role)

    assert run(store, Watched()) == run(VectorCache(store.root / "other"), FakeEncoder())
    for event in made:
        event.clear()
    run(store, Watched())
    assert not any(event.is_set() for event in made)  # what is there needs no tokens


def test_tokens_that_can_not_be_made_are_told_at_their_own_shard(store):
    class Failing(FakeEncoder):
        def tokens(self, texts, role):
            if TEXTS[10] in texts:
                raise InputError("a text is damaged")
            return super().tokens(texts, role)

    stream = store.encoded(Failing(), iter(TEXTS), "document")
    assert len(next(stream).vectors) == 10
    with pytest.raises(InputError, match="a text is damaged"):
        next(stream)
    assert len(shards(store)) == 1


def test_a_stream_that_is_left_early_leaves_no_thread(store):
    before = threading.active_count()
    stream = store.encoded(FakeEncoder(), iter(TEXTS), "document")
    next(stream)
    stream.close()
    assert threading.active_count() == before


def test_another_role_or_encoder_is_other_vectors(store):
    run(store, FakeEncoder())
    other = FakeEncoder(fingerprint="e" * 64)
    # The folder's name holds half of the fingerprint: the whole must decide.
    near = FakeEncoder(fingerprint="f" * 32 + "0" * 32)
    as_query = FakeEncoder()
    run(store, other)
    run(store, near)
    run(store, as_query, role="query")
    assert len(other.calls) == len(near.calls) == len(as_query.calls) == SHARDS
    assert len(shards(store)) == 4 * SHARDS


@given(st.lists(st.text(alphabet="ab\n1:", max_size=3), max_size=4))
def test_no_two_lists_of_texts_have_one_name(texts):
    for other in (
        [*texts, ""],
        ["", *texts],
        ["".join(texts)],
        ["\n".join(texts)],
        [text + "a" for text in texts],
        texts[1:],
    ):
        assert (_key("f", "query", texts) == _key("f", "query", other)) == (texts == other)


def test_half_a_surrogate_pair_has_a_name():
    assert _key("f", "query", ["\ud800"]) != _key("f", "query", ["\udc00"])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) - 5] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def lengthen(path):
    path.write_bytes(path.read_bytes() + b"\0" * 8)


def claim_another_count(path):
    content = path.read_bytes()
    claimed = b'truncated\\": 1'
    assert content.count(claimed) == 1
    path.write_bytes(content.replace(claimed, claimed[:-1] + b"9"))


def lose_metadata(path):
    save_file(load_file(path), path)


def lose_an_array(path):
    arrays = load_file(path)
    del arrays["values"]
    save_file(arrays, path, metadata={"harness": "0 {}"})


DAMAGE = {
    "truncated": cut,
    "longer": lengthen,
    "flipped bit": flip,
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(random.Random(1).randbytes(4096)),
    "huge header": lambda path: path.write_bytes(b"\xff" * 8 + path.read_bytes()[8:]),
    "another count": claim_another_count,
    "no metadata": lose_metadata,
    "no values": lose_an_array,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("which", range(SHARDS))
def test_a_damaged_shard_is_encoded_again_and_said_so(store, caplog, damage, which):
    expected = run(store, FakeEncoder())
    path = shards(store)[which]
    sound = path.read_bytes()
    damage(path)
    encoder = FakeEncoder()
    with caplog.at_level(logging.WARNING, "harness.encoder.shards"):
        assert run(store, encoder) == expected
    assert len(encoder.calls) == 1
    assert path.read_bytes() == sound
    # Looked at before and after waiting for its turn to encode.
    assert {record.name for record in caplog.records} == {"harness.encoder.shards"}
    assert path.name in caplog.text
    assert "encoded again" in caplog.text
    assert run(store, FakeEncoder()) == expected


def test_shards_under_each_others_names_are_not_taken(store):
    expected = run(store, FakeEncoder())
    contents = [path.read_bytes() for path in shards(store)]
    for path, content in zip(shards(store), contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    encoder = FakeEncoder()
    assert run(store, encoder) == expected
    assert len(encoder.calls) == SHARDS
    assert [path.read_bytes() for path in shards(store)] == contents


def test_a_shard_of_another_vocabulary_is_not_taken(store):
    run(store, FakeEncoder())
    encoder = FakeEncoder(vocab_size=VOCAB + 1)
    run(store, encoder)
    assert len(encoder.calls) == SHARDS


@pytest.mark.parametrize("vocab_size", [1000, 65_536, 65_537, 250_002])
def test_every_vocabulary_comes_back(store, vocab_size):
    last = {0: 0.5, vocab_size - 1: 2.5}
    encoder = FakeEncoder(lambda _: last, vocab_size)
    expected = run(store, encoder, ["a"])
    assert expected[0][1] == [0, vocab_size - 1]
    assert run(store, encoder, ["a"]) == expected
    assert len(encoder.calls) == 1


def test_nothing_to_encode_is_nothing(store):
    assert run(store, FakeEncoder(), []) == []
    assert not store.root.exists()


# failing disks and processes


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_fails_leaves_nothing_half_written(store, monkeypatch, number):
    def failing(_handle):
        raise OSError(number, os.strerror(number))

    run(store, FakeEncoder(), TEXTS[:10])
    before = sorted(store.root.rglob("*"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(UnreachableError, match=os.strerror(number)):
            run(store, FakeEncoder())
    assert sorted(store.root.rglob("*")) == before
    encoder = FakeEncoder()
    run(store, encoder)
    assert len(encoder.calls) == SHARDS - 1


@pytest.fixture
def tiny_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(tiny_disk):
    store = VectorCache(tiny_disk / "vectors")
    large = FakeEncoder(lambda text: dict.fromkeys(range(900), 1.0))
    with pytest.raises(UnreachableError, match=r"No space left.*: make room there, or set HARNESS"):
        run(store, large, [f"{n}" for n in range(200)])
    kept = shards(store)
    assert kept
    assert not [p for p in store.root.rglob("*") if p.name.endswith(".tmp")]
    expected = run(VectorCache(tiny_disk.parent / "room"), large, [f"{n}" for n in range(10)])
    large.calls.clear()
    assert run(store, large, [f"{n}" for n in range(10)]) == expected
    assert large.calls == []


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnreachableError, match="HARNESS_CACHE"):
        run(VectorCache(tmp_path / "file" / "vectors"), FakeEncoder())


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
import harness.encoder.vector_cache
from tests.support.fakes import FakeEncoder
from harness.encoder.vector_cache import VectorCache
harness.encoder.vector_cache.SHARD_TEXTS = 10
print("ready", flush=True)
sys.stdin.readline()
encoder = FakeEncoder(seconds={seconds})
texts = {texts!r}
total = sum(len(s.vectors) for s in VectorCache(Path({root!r})).encoded(encoder, texts, "document"))
print(total, len(encoder.calls), flush=True)
"""


def started(root, seconds):
    program = PROGRAM.format(path=[str(ROOT)], seconds=seconds, texts=TEXTS, root=str(root))
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_share_the_work_and_every_shard_is_sound(store):
    processes = [started(store.root, 0.05) for _ in range(2)]
    for process in processes:
        go(process)
    told = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [int(total) for total, _ in told] == [len(TEXTS), len(TEXTS)]
    # Whoever waits for the lock finds the shard done: each is encoded by one of the two.
    assert sum(int(calls) for _, calls in told) == SHARDS
    unharmed = FakeEncoder()
    assert run(store, unharmed) == run(VectorCache(store.root.with_name("alone")), FakeEncoder())
    assert unharmed.calls == []


def test_a_process_that_is_killed_leaves_sound_shards_only(store):
    undisturbed = VectorCache(store.root.with_name("undisturbed"))
    run(undisturbed, FakeEncoder())
    kept = {path.name: path.read_bytes() for path in shards(undisturbed)}
    chance = random.Random(5)
    for _ in range(3):
        process = started(store.root, 0.4)
        go(process)
        time.sleep(chance.uniform(0.02, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        for path in shards(store):
            assert kept[path.name] == path.read_bytes()
    found = len(shards(store))
    encoder = FakeEncoder()
    assert run(store, encoder) == run(undisturbed, FakeEncoder())
    assert len(encoder.calls) == SHARDS - found
    assert {path.name: path.read_bytes() for path in shards(store)} == kept


KILLED_INSIDE = """
import os, signal, sys
sys.path[:0] = {path!r}
from pathlib import Path
{moment}
from tests.support.fakes import FakeEncoder
from harness.encoder.vector_cache import VectorCache
list(VectorCache(Path({root!r})).encoded(FakeEncoder(), ["a", "b"], "document"))
"""

MOMENTS = {
    "before the file is synced": "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)",
    "before it has its name": "Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)",
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_process_that_is_killed_while_it_writes(store, moment):
    program = KILLED_INSIDE.format(path=[str(ROOT)], moment=moment, root=str(store.root))
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    assert shards(store) == []
    encoder = FakeEncoder()
    assert len(run(store, encoder, ["a", "b"])) == len(encoder.calls) == 1


# what is kept


def test_what_is_kept_is_listed_and_pruned(store):
    assert store.kept() == ()
    run(store, FakeEncoder())
    run(store, FakeEncoder(fingerprint="e" * 64), TEXTS[:10])
    store.describe(FakeEncoder(), "owner/model", "abcdef0123456789")
    unknown, known = store.kept()
    assert (unknown.name, unknown.model, unknown.shards) == ("e" * 32, "unknown", 1)
    assert (known.name, known.model, known.shards) == ("f" * 32, "owner/model abcdef012345", 3)
    assert known.size == sum(path.stat().st_size for path in shards(store)) - unknown.size
    note = json.loads((store.root / ("f" * 32) / "encoder.json").read_text())
    assert note["fingerprint"] == "f" * 64
    with pytest.raises(InputError, match="No vectors of an encoder 'abc'"):
        store.prune("abc")
    assert store.prune("ff") == 3
    assert [kept.name for kept in store.kept()] == ["e" * 32]
    assert store.prune("") == 1
    assert store.kept() == ()


@pytest.mark.parametrize("note", ["{", "[]", '{"model": 3}', '{"model": 3, "revision": 4}', ""])
def test_a_damaged_note_hides_no_shards(store, note):
    run(store, FakeEncoder())
    (store.root / ("f" * 32) / "encoder.json").write_text(note)
    assert [(kept.model, kept.shards) for kept in store.kept()] == [("unknown", SHARDS)]


def test_what_somebody_else_has_put_there_stays_and_is_named(store, tmp_path):
    run(store, FakeEncoder())
    own = store.root / ("f" * 32)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ("a" * 64 + ".safetensors")).write_text("a stranger's")
    (store.root / "photos").mkdir()
    (store.root / "photos" / "a.jpg").write_text("a picture")
    (store.root / ("e" * 32)).symlink_to(elsewhere)
    (store.root / "notes.txt").write_text("a note")
    (own / "thesis.tex").write_text("years of work")
    assert [kept.name for kept in store.kept()] == ["f" * 32]
    assert store.prune("") == SHARDS
    foreign = (store.root / ("e" * 32), own / "thesis.tex", store.root / "notes.txt")
    assert store.strangers() == (*foreign, store.root / "photos")
    assert [path.name for path in own.iterdir()] == ["thesis.tex"]
    assert (store.root / "photos" / "a.jpg").read_text() == "a picture"
    assert len(list(elsewhere.iterdir())) == 1


def test_an_emptied_folder_is_gone(store):
    run(store, FakeEncoder())
    store.note("f" * 64, "vocabulary.json", b"[]")
    (store.root / ("f" * 32) / f".x.safetensors.{'0' * 16}.tmp").write_text("killed")
    store.prune("ff")
    assert list(store.root.iterdir()) == []

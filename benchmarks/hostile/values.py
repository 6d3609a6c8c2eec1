"""Values that are no good, for options, arguments and environment variables."""

from collections.abc import Mapping

_NUMBERS = ("0", "-1", "x", "1.5", "nan", "1e3", "9" * 20, "9" * 400, "", " ", "0x10", "\u0661")
_WORDS = ("x", "", "..", "ST", "\x1b[31m", "=1+1", "x" * 5000, "a\nb", "\udcff", "--help", "~", "*")
_PATHS = (
    "nowhere",
    "nowhere/deeper",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "~nosuchuser",
    "~nosuchuser/x",
    "x" * 300,
    "a/" * 2500,
    "/proc/self/mem",
    "/proc/1/environ",
    "/root",
    "loop",
    "dangling",
    "closed",
    "closed/x",
    "fifo",
    "my.toml/x",
    "",
    "\udcff",
    "\x1b[31m",
    "results",
    ".",
    "/",
)
OPTIONS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "list": (("--format", _WORDS), ("", _WORDS)),
    "fetch": (("", (*_WORDS, *_PATHS)),),
    "eval": (
        *(("--threads", _NUMBERS), ("--batch-tokens", _NUMBERS), ("--limit", _NUMBERS)),
        *(("--depth", _NUMBERS), ("--relevance-level", _NUMBERS), ("--policy", _WORDS)),
        *(("--device", (*_WORDS, "meta", "cuda", "cuda:99", "mps")), ("--head", _WORDS)),
        *(
            ("--precision", (*_WORDS, "tf32")),
            ("--measures", (*_WORDS, "ndcg@0", "ndcg@" + "9" * 30)),
        ),
        *(
            ("--results", _PATHS),
            ("--model", _PATHS),
            ("--collection", _PATHS),
            ("--revision", _WORDS),
        ),
    ),
    "reproduce": (
        *(("", (*_WORDS, *_PATHS)), ("--only", _WORDS), ("--collection", _PATHS)),
        *(("--model", _PATHS), ("--results", _PATHS), ("--limit", _NUMBERS)),
        *(("--revision", _WORDS), ("--threads", _NUMBERS)),
    ),
    "score": (
        *(("--run", _PATHS), ("--qrels", _PATHS), ("--per-query", _PATHS)),
        *(("--measures", (*_WORDS, "ndcg@0", "recall@" + "9" * 30)), ("--policy", _WORDS)),
        *(("--relevance-level", _NUMBERS), ("--format", _WORDS)),
    ),
    "check": (
        *(("", (*_WORDS, *_PATHS)), ("--results", _PATHS)),
        *(("--baseline", (*_PATHS, "git:", "git:--all", "git:x:y")), ("--because", _WORDS)),
    ),
    "compare": (
        *(("", _PATHS), ("--qrels", _PATHS), ("--measures", _WORDS), ("--primary", _WORDS)),
        *(("--margin", (*_WORDS, "ndcg@10=nan", "=1")), ("--budget", (*_WORDS, "ndcg@10=-1"))),
        *(("--collection", _PATHS), ("--moved", _NUMBERS), ("--seed", _NUMBERS)),
    ),
    "why": (
        *(("", (*_WORDS, *_PATHS)), ("--published", (*_WORDS, "ndcg@10=x", "=1", "map@100=9e9"))),
        *(("--experiment", _PATHS), ("--results", _PATHS), ("--max-active-dims", _NUMBERS)),
    ),
    "explain": (
        *(("", (*_WORDS, *_PATHS)), ("--query", _WORDS), ("--doc", _WORDS), ("--against", _PATHS)),
        *(("--worst", _NUMBERS), ("--top", _NUMBERS), ("--model", _PATHS), ("--measure", _WORDS)),
    ),
    "terms": (("", (*_WORDS, *_PATHS)), ("--top", _NUMBERS), ("--collection", _PATHS)),
    "sweep": (("", _PATHS), ("--prune", _WORDS), ("--measure", _WORDS), ("--csv", _PATHS)),
    "mean": (("", _PATHS), ("--results", _PATHS), ("--format", _WORDS)),
    "report": (("--results", _PATHS), ("", _WORDS)),
    "card": (("", _PATHS), ("--dataset", _WORDS), ("--revision", _WORDS), ("--format", _WORDS)),
    "audit": (
        *(("--documents", _NUMBERS), ("--chunk-size", _NUMBERS), ("--queries", _NUMBERS)),
        *(("--vocab-size", _NUMBERS), ("", _PATHS), ("--revision", _WORDS)),
    ),
    "encode": (
        *(("--threads", _NUMBERS), ("--batch-tokens", _NUMBERS), ("--limit", _NUMBERS)),
        *(("--device", (*_WORDS, "meta", "cuda")), ("--model", _PATHS), ("--collection", _PATHS)),
    ),
    "cache list": (("", _WORDS), ("--all", _WORDS)),
    "cache prune": (("", (*_WORDS, "0", "zz")), ("--format", _WORDS)),
}
"""What each takes, with values that are no good; "" is one more argument."""

ENVIRONMENT: Mapping[str, tuple[str | None, ...]] = {
    "HARNESS_CACHE": (*_PATHS, None),
    "HOME": ("/nowhere", "", "/dev/null", "/", None, "relative"),
    "TMPDIR": ("/nowhere", "/dev/null", "", "relative"),
    "SOURCE_DATE_EPOCH": ("x", "-1", "9" * 30, "", "1.5", "nan"),
    "NUMBA_NUM_THREADS": ("0", "x", "-1", "9" * 9),
    "NUMBA_CACHE_DIR": ("/nowhere", "/dev/null"),
    "OMP_NUM_THREADS": ("0", "x", "-1", "99999"),
    "MKL_NUM_THREADS": ("x", "0"),
    "LANG": ("C", "xx_XX.UTF-8", "de_DE.ISO-8859-1"),
    "LC_ALL": ("C", "POSIX", "xx"),
    "PYTHONIOENCODING": ("ascii", "latin-1", "utf-16"),
    "PYTHONUTF8": ("0",),
    "COLUMNS": ("0", "-1", "x", "9" * 20),
    "TERM": ("", "dumb", "x" * 3000),
    "HF_ENDPOINT": ("x", "http://127.0.0.1:99999", "file:///etc/passwd", "http://[::1", ""),
    "HF_HOME": ("/dev/null", "/nowhere"),
    "HF_HUB_OFFLINE": ("x", "0", ""),
    "IR_DATASETS_HOME": ("/dev/null", "/nowhere", ""),
    "PIP_INDEX_URL": ("http://127.0.0.1:99999/", "file:///nowhere"),
    "HTTPS_PROXY": ("x", "http://127.0.0.1:99999"),
    "MKL_CBWR": ("COMPATIBLE",),
    "ATEN_CPU_CAPABILITY": ("default", "avx2", "x"),
    "XDG_CACHE_HOME": ("/dev/null", "relative", ""),
    "PATH": ("", None),
    "USER": (None, "\x1b[31m"),
    "TZ": ("x" * 300, ":/etc/passwd"),
}
HARMLESS = frozenset(
    {"LANG", "LC_ALL", "COLUMNS", "TERM", "PATH", "USER", "TZ", "HF_HUB_OFFLINE", "PYTHONUTF8"}
    | {"HTTPS_PROXY", "PIP_INDEX_URL", "MKL_CBWR", "OMP_NUM_THREADS"}
)
"""With these a command that needs no network gives what it gives without them."""

"""Help, spelling and imports of the command line."""

import subprocess
import sys

import click
import pytest

import harness.cli
from harness.cli import COMMANDS
from tests.support import ROOT


def test_help_names_every_command(cli):
    code, out, err = cli("--help")
    assert (code, err) == (0, "")
    for name in COMMANDS:
        assert f"\n  {name} " in out
    told = out.partition("Exit codes:")[2].split("\n")[1:-1]
    assert [line.split()[0] for line in told] == ["0", "1", "2", "3", "70", "130", "141"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(cli, name):
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert f"Usage: harness {name}" in out
    assert f"    harness {name}" in out
    assert cli(name, "-h")[1] == out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_in_the_readme(name):
    assert f"harness {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for(name):
    command = harness.cli.group.get_command(click.Context(harness.cli.group), name)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


HEAVY = (
    "datasets ir_datasets huggingface_hub llvmlite numba numpy pandas psutil pydantic ranx "
    "requests safetensors scipy tokenizers torch tqdm transformers yaml"
)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["eval", "--help"], ["score", "-h"], ["evall"]]
)
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import sys\nfrom harness.cli import run\n"
        f"run({arguments!r})\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r}.split())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "harness", "nothing"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "There is no command 'nothing'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evla"], "Did you mean 'eval'?"),
        (["xyz"], "There are list, fetch"),
        (["eval", "--polcy", "st"], "--policy"),
        (["eval", "--policy", "mteb"], "'st', 'trec'"),
        (["eval", "crowdrag-splade-tinny"], "Did you mean 'crowdrag-splade-tiny'?"),
        (["eval", "--model", "x"], "--model and --collection go together"),
        (["eval", "x", "--model", "x", "--collection", "y"], "not both"),
        (["eval", "--limit", "0"], "--limit"),
        (
            ["eval", "--depth", "5"],
            "depth 5 is too small to compute a measure at 100: make it 100 or more.",
        ),
        (["eval", "--measures", "recall@200", "--depth", "5"], "depth 5 is too small to compute"),
        (["eval", "--measures", "ncdg@10"], "'ncdg@10' is not a measure"),
        (["eval", "--measures", "avg_flops"], "'avg_flops' is a measure of the vectors"),
        (["eval", "--policy", "beir"], "'beir' is not one of 'st', 'trec', 'trec10'"),
        (["score", "--run", "x"], "--qrels"),
        (["cache", "prune"], "Name an encoder, or give --all"),
        (["cache", "prune", "x", "--all"], "Name an encoder, or give --all"),
    ],
)
def test_a_mistyped_command_line_is_told_what_was_meant(cli, arguments, said):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert said in err

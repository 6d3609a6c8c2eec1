"""The examples for GitHub and GitLab: their schemas, and their steps as bash runs them."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.examples.conftest import BROKEN
from tests.support.junit_rules import check_junit
from tests.support.readme import ROOT
from tests.support.runner_commands import command_of

WORKFLOW = ROOT / "examples" / "github-workflow" / "retrieval.yml"
GITLAB = ROOT / "examples" / "gitlab-ci" / ".gitlab-ci.yml"
INSTALL = "python -m pip install"


def schema(name, path):
    """What the schema that SchemaStore or GitLab publishes says of a file: its exit code."""
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{name}")
    return subprocess.run([*command, str(path)], capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    ("name", "path", "old", "new"),
    [
        ("github-workflows", WORKFLOW, "runs-on: ubuntu-latest", "runs-of: ubuntu-latest"),
        ("gitlab-ci", GITLAB, "when: always", "when: sometimes"),
    ],
)
def test_an_example_keeps_the_schema_of_its_kind(tmp_path, name, path, old, new):
    assert schema(name, path) == 0
    wrong = tmp_path / path.name
    assert old in path.read_text()
    wrong.write_text(path.read_text().replace(old, new))
    assert schema(name, wrong) == 1


def test_the_workflow_may_read_and_nothing_else_and_pins_what_it_uses():
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert "permissions" not in job
    used = re.findall(r"uses: (.*)", WORKFLOW.read_text())
    assert len(used) == len([step for step in job["steps"] if "uses" in step]) == 4
    for one in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)
    assert job["steps"][0]["with"]["persist-credentials"] is False
    assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


@pytest.mark.whole
def test_the_steps_of_the_workflow_hold_and_fail_with_annotations(repository, tmp_path):
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    install, *steps = [step["run"] for step in job["steps"] if "run" in step]
    assert install.startswith(INSTALL)
    summary = tmp_path / "summary.md"
    runner = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_WORKSPACE": str(repository.folder),
    }
    own = {
        name: value.replace("${{ github.workspace }}", str(repository.folder))
        for name, value in job["env"].items()
    }
    shutil.copytree(repository.environment["HARNESS_CACHE"], own["HARNESS_CACHE"])  # actions/cache
    for step in steps:
        code, out, err = repository.bash(step, **runner, **own)
        assert code == 0, out + err
        assert not list(filter(None, map(command_of, (out + err).splitlines())))
    reports = [repository.folder / "reports" / name for name in ("eval.xml", "check.xml")]
    named = [
        {c.get("name") for c in check_junit(one.read_text()).iter("testcase")} for one in reports
    ]
    assert named == [{"ndcg@10"}, {"ndcg@10", "margin of ndcg@10"}]
    assert "mine: holds." in summary.read_text()
    assert "What moved? Nothing: every score" in summary.read_text()
    upload = job["steps"][-1]["with"]["path"].split()
    assert all((repository.folder / path).is_dir() for path in upload)

    repository.experiment.write_text(repository.experiment.read_text() + BROKEN)
    code, out, err = repository.bash(steps[-1], **runner, **own)
    assert code == 1
    ((kind, properties, _),) = filter(None, map(command_of, (out + err).splitlines()))
    assert (kind, properties["file"]) == ("error", "experiments/mine.toml")
    assert check_junit(reports[1].read_text()).get("failures") == "1"
    assert "mine: does NOT hold." in summary.read_text()


@pytest.mark.whole
def test_the_script_of_gitlab_holds_and_fails_with_code_quality(repository):
    job = yaml.safe_load(GITLAB.read_text())["retrieval"]
    assert all(line.startswith(INSTALL) for line in job["before_script"])
    project = str(repository.folder)
    own = {n: v.replace("$CI_PROJECT_DIR", project) for n, v in job["variables"].items()}
    own |= {"CI_PROJECT_DIR": project, "GITLAB_CI": "true", "CI": "true"}
    assert own["HARNESS_CACHE"] == f"{project}/{job['cache']['paths'][0].rstrip('/')}"
    shutil.copytree(repository.environment["HARNESS_CACHE"], own["HARNESS_CACHE"])
    code, out, err = repository.bash("\n".join(job["script"]), **own)
    assert code == 0, out + err
    kept = job["artifacts"]["reports"]
    quality = repository.folder / kept["codequality"]
    assert json.loads(quality.read_text()) == []
    found = list(repository.folder.glob(kept["junit"]))
    assert [check_junit(one.read_text()).get("failures") for one in found] == ["0", "0"]

    repository.experiment.write_text(repository.experiment.read_text() + BROKEN)
    assert repository.bash(job["script"][-1], **own)[0] == 1
    (one,) = json.loads(quality.read_text())
    assert one["check_name"] == "harness/budget of ndcg@10"
    assert one["location"]["path"] == "experiments/mine.toml"

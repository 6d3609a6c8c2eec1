"""Like is compared with like: each part of a claim identity, changed in turn, is told."""

import json
from dataclasses import replace

import pytest

from harness.cli import run
from harness.errors import InputError
from harness.experiment.identity import (
    identity,
    not_as_claimed,
    not_run,
    require_claimed,
    require_same_task,
    unlike,
)
from harness.experiment.mean import mean_result
from harness.experiment.parts import EvaluationInfo, ExampleOutcome, QueryEncoderInfo, RecipeInfo
from harness.experiment.result import read_result, write_result
from harness.experiment.spec import Experiment, read_experiment
from tests.support import ROOT
from tests.support.fakes import SCORES, result

COMMIT, OTHER_COMMIT = "0" * 40, "1" * 40


def model(**changed):
    return lambda of: replace(of, model=replace(of.model, **changed))


def recipe(**changed):
    return lambda of: model(recipe=replace(of.model.recipe, **changed))(of)


def evaluation(**changed):
    return lambda of: replace(of, evaluation=replace(of.evaluation, **changed))


def collection(**changed):
    return lambda of: replace(of, collection=replace(of.collection, **changed))


def counts(**changed):
    return lambda of: replace(of, counts=replace(of.counts, **changed))


QUERIES = QueryEncoderInfo(
    weights_sha256="e" * 64,
    tokenizer_sha256="b" * 64,
    recipe=RecipeInfo(max_length=512, pooling="max", kind="static"),
    head="static",
)
OTHER_MODELS = {
    "weights_sha256": model(weights_sha256="0" * 64),
    "tokenizer_sha256": model(tokenizer_sha256="0" * 64),
    "configuration_sha256": model(configuration_sha256="0" * 64),
    "precision": model(precision="tf32"),
    "recipe.max_length": recipe(max_length=256),
    "recipe.pooling": recipe(pooling="sum"),
    "recipe.activation": recipe(activation="log1p_relu"),
    "recipe.query_prompt": recipe(query_prompt="query: "),
    "recipe.document_prompt": recipe(document_prompt=" "),
    "recipe.max_active_dims": recipe(max_active_dims=64),
    "recipe.lowercase": recipe(lowercase=True),
    "recipe.kind": recipe(kind="static"),
    "recipe.normalized": recipe(normalized=True),
    "recipe.steps": recipe(steps=("normalize",)),
    "recipe.layout": recipe(layout="sentence-transformers"),
    "queries": model(queries=QUERIES),
}
OTHER_TASKS = {
    "evaluation policy": evaluation(policy="trec"),
    "evaluation relevance_level": evaluation(relevance_level=2),
    "evaluation depth": evaluation(depth=1000),
    "evaluation similarity": evaluation(similarity="cosine"),
    "evaluation ignore_identical_ids": evaluation(ignore_identical_ids=True),
    "collection sha256": collection(sha256="0" * 64),
    "collection queries": counts(queries=4999),
}
SAME = {
    "machine": lambda of: replace(of, provenance=replace(of.provenance, machine="another")),
    "versions": lambda of: replace(of, provenance=replace(of.provenance, packages={"torch": "9"})),
    "head": model(head="screened-amx"),
    "name of the model": model(id="./a/copy", revision=""),
    "name of the collection": collection(id="./a/copy"),
    "facts": collection(facts=("It is large.",)),
}


def test_every_setting_that_changes_a_vector_is_tried_above():
    settings = {name.partition(".")[2] for name in OTHER_MODELS if "." in name}
    assert settings == set(RecipeInfo.__dataclass_fields__)
    tried = {name.split()[1] for name in OTHER_TASKS}
    assert tried >= set(EvaluationInfo.__dataclass_fields__)


@pytest.mark.parametrize("name", OTHER_MODELS)
def test_another_model_has_no_mean_with_this_one_and_is_a_baseline_s_difference(name):
    mine, theirs = result(), OTHER_MODELS[name](result())
    with pytest.raises(InputError, match=rf"differ in model {name}: .* and "):
        mean_result("x", [mine, collection(id="b", sha256="b")(theirs)])
    (said,) = require_same_task(mine, theirs, "earlier.json").differences
    assert said.startswith(f"{name}: ")


@pytest.mark.parametrize("name", OTHER_TASKS)
def test_another_task_is_no_baseline(name):
    with pytest.raises(InputError, match=rf"and earlier.json cannot .* differ in {name}: "):
        require_same_task(result(), OTHER_TASKS[name](result()), "earlier.json")


@pytest.mark.parametrize("name", [n for n in OTHER_TASKS if n.startswith("evaluation")])
def test_parts_that_are_scored_otherwise_have_no_mean(name):
    other = collection(id="b", sha256="b")(OTHER_TASKS[name](result()))
    with pytest.raises(InputError, match=f"differ in {name}: "):
        mean_result("x", [result(), other])


@pytest.mark.parametrize("name", SAME)
def test_what_is_provenance_is_no_difference(name):
    mine, theirs = identity(result()), identity(SAME[name](result()))
    assert mine == theirs


def test_one_content_under_two_names_has_no_mean():
    with pytest.raises(InputError, match="One collection is given twice: pool, copy"):
        mean_result("x", [result(), collection(id="copy")(result())])


def test_what_a_file_does_not_say_is_said_to_be_unknown():
    old = model(configuration_sha256=None)(result(scores={"dot_ndcg@10": 0.5}))
    assert unlike(identity(result()).model, identity(old).model).unknown == (
        "configuration_sha256",
    )
    alarms = mean_result("x", [old, collection(id="b", sha256="b")(old)]).alarms
    assert "equal in model configuration_sha256 is unknown" in alarms[-1]


# claims


def claimed(model=f'id = "owner/model"\nrevision = "{COMMIT}"', collection="pool", more=""):
    return read_experiment(
        f'name = "x"\n[model]\n{model}\n[collection]\nid = "{collection}"\n{more}', "x.toml"
    )


def of_commit(commit=COMMIT):
    return model(revision=commit)(result())


def test_a_result_of_the_experiment_is_compared():
    require_claimed(claimed(), of_commit())
    require_claimed(claimed('id = "./owner/model/"\nmax_length = 512', "./pool"), of_commit())
    require_claimed(claimed('id = "owner/model"\nrevision = "main"'), of_commit())


@pytest.mark.parametrize(
    ("experiment", "found", "said"),
    [
        (claimed(), model(id="owner/other")(of_commit()), "the model owner/other and not owner/m"),
        (claimed(), of_commit(OTHER_COMMIT), f"revision {OTHER_COMMIT} and not {COMMIT}"),
        (claimed('id = "owner/model"\nmax_length = 256'), result(), "keeps 512 tokens .* not 256"),
        (claimed(), collection(id="pool/2")(of_commit()), "the collection pool/2 and not pool"),
        (claimed(), evaluation(policy="trec")(of_commit()), "policy is trec and not st"),
        (claimed(), evaluation(depth=10)(of_commit()), "depth is 10 and not 100"),
        (claimed(), evaluation(relevance_level=2)(of_commit()), "relevance_level is 2 and not 1"),
        (
            claimed(),
            evaluation(ignore_identical_ids=True)(of_commit()),
            "ignore_identical_ids is True and not False",
        ),
        (claimed(), collection(id="mean of pool/a, b")(of_commit()), "the collection mean of"),
    ],
)
def test_claims_on_something_else_are_not_compared(experiment, found, said):
    with pytest.raises(InputError, match=said):
        require_claimed(experiment, found)


def test_a_mean_is_claimed_by_its_family():
    require_claimed(claimed(), collection(id="mean of pool/a, pool/b")(of_commit()))


def test_the_shipped_results_are_of_the_shipped_experiments():
    from harness.experiment.spec import open_experiment

    paths = sorted((ROOT / "results").glob("*.json"))
    assert paths
    for path in paths:
        require_claimed(open_experiment(path.stem), read_result(path))


# the command


@pytest.fixture
def checked(tmp_path, capsys):
    """`harness check` of a result against an experiment that claims nothing."""

    def call(found, *arguments):
        (tmp_path / "pool-owner-model.json").unlink(missing_ok=True)
        name = Experiment.of("owner/model", "pool").name
        write_result(replace(found, name=name), tmp_path / f"{name}.json")
        toml = f'name = "{name}"\nmodel = {{id = "owner/model"}}\ncollection = {{id = "pool"}}\n'
        (tmp_path / "x.toml").write_text(toml)
        code = run(["check", str(tmp_path / "x.toml"), "--results", str(tmp_path), *arguments])
        return code, *capsys.readouterr()

    return call


def test_claims_about_another_model_do_not_hold_by_the_name_of_the_file(checked):
    code, out, err = checked(model(id="owner/other")(result()))
    assert (code, out) == (2, "")
    assert "it is of the model owner/other and not owner/model" in err


def test_the_first_line_names_what_differs_from_the_baseline(checked, tmp_path):
    earlier = tmp_path / "earlier.json"
    write_result(recipe(max_length=256)(model(weights_sha256="0" * 64)(result())), earlier)
    code, out, _ = checked(result(), "--baseline", str(earlier))
    assert code == 0
    first = out.splitlines()[0]
    assert first.startswith(f"The baseline {earlier}: another weights_sha256: {'a' * 64} and 0")
    assert first.endswith("; another recipe.max_length: 512 and 256.")
    code, out, _ = checked(result(), "--baseline", str(earlier), "--format", "json")
    assert [one.partition(":")[0] for one in json.loads(out)["baseline_differs"]] == [
        "another weights_sha256",
        "another recipe.max_length",
    ]


def test_a_baseline_of_the_same_says_nothing_more(checked, tmp_path):
    write_result(result(), tmp_path / "earlier.json")
    code, out, err = checked(result(), "--baseline", str(tmp_path / "earlier.json"))
    assert (code, err) == (0, "")
    assert out.startswith("measure ")
    assert set(SCORES) <= {line.split(" ")[0] for line in out.splitlines() if line}


def test_a_baseline_of_another_collection_is_refused(checked, tmp_path):
    write_result(collection(sha256="0" * 64)(result()), tmp_path / "earlier.json")
    code, out, err = checked(result(), "--baseline", str(tmp_path / "earlier.json"))
    assert (code, out) == (2, "")
    assert "differ in collection sha256" in err


def test_alarms_travel_with_a_check(checked, tmp_path):
    earlier = tmp_path / "earlier.json"
    write_result(result(), earlier)
    smokes = result(alarms=("It smokes.",))
    code, out, err = checked(smokes, "--baseline", str(earlier), "--format", "json")
    assert code == 0
    assert json.loads(out)["alarms"] == ["It smokes."]
    assert err == "Alarm: It smokes.\n"


def test_a_result_that_is_its_own_baseline_says_so(checked, tmp_path):
    path = tmp_path / f"{Experiment.of('owner/model', 'pool').name}.json"
    code, out, _ = checked(result(), "--baseline", str(path))
    assert code == 0
    assert "the very file that is checked, which shows nothing" in out.splitlines()[0]


def test_claims_compared_with_what_is_scored_otherwise_raise_an_alarm():
    of = claimed(more='[published]\nsource = "a card"\nvalues = {"ndcg@10" = "0.5"}')
    otherwise = of.evaluated(replace(of.evaluation, policy="trec", depth=1000))
    (said,) = not_as_claimed(of, otherwise)
    assert said.endswith("this is policy trec and not st, depth 1000 and not 100.")
    assert not_as_claimed(of, of) == ()
    assert not_as_claimed(claimed(), claimed().evaluated(otherwise.evaluation)) == ()


def test_examples_that_a_result_lacks_are_said():
    more = """
    [[examples]]
    source = "a README"
    text = "yeast"
    top_terms = [["yeast", "1.0"]]
    """
    (said,) = not_run(claimed(more=more), result())
    assert said.startswith("1 of 1 usage examples were not run for this result (first: a README)")
    assert (
        not_run(claimed(more=more), result(examples=(ExampleOutcome("a README", True, ""),))) == ()
    )
    assert not_run(claimed(), result()) == ()

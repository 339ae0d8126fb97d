"""Exports of token classifiers: the graph finds in raw strings what the model finds."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bert_keras import TokenClassifier
from bert_keras.errors import ExportError, InputError
from bert_keras.serving import SavedClassifier, SavedTagger, export, saved_task
from bert_keras.serving.agreement import AGREEMENT_FILE, answers_in_float32
from bert_keras.serving.check.agreement import answers_of_outputs
from bert_keras.serving.check.entity_rules import entity_faults

TEXTS = [
    "the film was good, not bad. " * 9,
    "",
    "na\u00efve cafe\u0301 😀 film\u0301",
    " \n",
    "a b c d played",
    "\u0301 東京 3.5",
]


@pytest.fixture(scope="module")
def tagger(build_tagger: Callable[..., TokenClassifier]) -> TokenClassifier:
    """A model with tags of another scheme."""
    return build_tagger(tags=("O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y"), backbone={"num_layers": 1})


@pytest.fixture(scope="module")
def version(tagger: TokenClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export."""
    return export(tagger, tmp_path_factory.mktemp("served") / "tagger", compared=TEXTS)


@pytest.fixture(scope="module")
def saved(version: Path) -> SavedTagger:
    """That export as Python loads it."""
    loaded = saved_task(version.parent)
    assert isinstance(loaded, SavedTagger)
    return loaded


def test_it_finds_what_the_model_finds_whatever_the_budget(tagger: TokenClassifier, saved: SavedTagger) -> None:
    texts = TEXTS * 5
    expected = tagger.tag(texts)
    assert {entity.label for entities in expected for entity in entities} == {"X", "Y"}
    for budget in (1, 4096):
        for text, found, wanted in zip(texts, saved.tag(texts, token_budget=budget), expected, strict=True):
            assert [(of.text, of.label, of.start, of.end) for of in found] == [
                (of.text, of.label, of.start, of.end) for of in wanted
            ]
            np.testing.assert_allclose([of.score for of in found], [of.score for of in wanted], atol=1e-5)
            assert all(text[of.start : of.end] == of.text for of in found)
    assert saved.tag([]) == []


def test_rows_are_padded_and_counted(saved: SavedTagger) -> None:
    outputs = saved._request(TEXTS)
    assert sorted(outputs) == saved.outputs
    most = max(1, outputs["count"].max())
    assert {outputs[name].shape for name in outputs if name != "count"} == {(len(TEXTS), most)}
    assert entity_faults({"text": np.array([text.encode() for text in TEXTS], object)}, outputs) == []
    nothing = saved._request(["", " "])
    assert {outputs.shape for name, outputs in nothing.items() if name != "count"} == {(2, 1)}
    assert nothing["count"].tolist() == [0, 0]


def test_token_ids_give_the_logits_of_windows(tagger: TokenClassifier, saved: SavedTagger) -> None:
    inputs = tagger.preprocessor(TEXTS)
    outputs = saved.of_tokens(inputs)
    there = inputs["padding_mask"].numpy() == 1
    np.testing.assert_allclose(outputs["logits"][there], tagger.logits(inputs).numpy()[there], atol=1e-5)
    assert not outputs["logits"][~there].any()
    assert [name.decode() for name in outputs["tags"][-1]] == list(tagger.tags)


def test_the_answers_kept_for_comparison_are_those_of_the_graph(
    tagger: TokenClassifier, saved: SavedTagger, version: Path
) -> None:
    kept = json.loads((version / AGREEMENT_FILE).read_text(encoding="utf-8"))
    assert kept["rows"] == TEXTS
    assert answers_of_outputs(saved._request(TEXTS)) == kept["answers"] == answers_in_float32(tagger, TEXTS)


def test_other_signatures_and_other_exports_are_refused(
    tagger: TokenClassifier, saved: SavedTagger, tmp_path: Path
) -> None:
    for name in ("explain", "embed"):
        with pytest.raises(
            InputError, match=f"a token classifier has the signatures strings and token_ids. .*: {name}"
        ):
            export(tagger, tmp_path, signatures=[name])
    with pytest.raises(InputError, match="expected a list of texts"):
        saved.tag("text")


def test_an_export_of_entities_is_no_classifier(version: Path) -> None:
    with pytest.raises(
        ExportError, match="not the export of a classifier. Received: inputs .'text'., outputs .'count'"
    ):
        SavedClassifier(version)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"count": [1]}, "padding behind 1 entities is not empty"),
        ({"starts": [[0, 4]]}, "entity b'bad' is not what stands from 4 to 8, ' bad'"),
        ({"ends": [[4, 9]]}, "from 5 to 9 behind one that ends at 4, of 8 code points"),
        ({"starts": [[0, 3]]}, "from 3 to 8 behind one that ends at 4"),
        ({"labels": [[b"", b"Y"]]}, "the label b'' and the score 0.5"),
        ({"scores": [[1.5, 0.5]]}, "the label b'X' and the score 1.5"),
        ({"count": [1, 1]}, "outputs without a row for each of 1 texts"),
    ],
)
def test_faulty_entities_are_found(changes: dict[str, list], fault: str | None) -> None:
    good = {
        "count": [2],
        "entities": [[b"good", b"bad"]],
        "labels": [[b"X", b"Y"]],
        "starts": [[0, 5]],
        "ends": [[4, 8]],
        "scores": [[0.5, 0.5]],
    }
    outputs = {
        name: np.array(value, object if name in ("entities", "labels") else None)
        for name, value in (good | changes).items()
    }
    faults = entity_faults({"text": np.array([b"good bad"], object)}, outputs)
    assert (faults == []) if fault is None else (len(faults) == 1 and fault in faults[0]), faults

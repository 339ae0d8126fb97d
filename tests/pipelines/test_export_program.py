from collections.abc import Callable
from pathlib import Path

import pytest
from programs import Workspace, call, start_process

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.serving import SavedClassifier, SavedExtractor
from pipelines.check.tables import show_check


@pytest.fixture(scope="module")
def hugging_face(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `BertForSequenceClassification` with labels that look like markup."""
    folder = tmp_path_factory.mktemp("hugging_face") / "sentiment"
    return save_hugging_face(build_classifier(labels=["[red]no[/]", "東京"], dropout=0.0), folder)


def test_a_run_is_exported_and_checked(workspace: Workspace, tmp_path: Path) -> None:
    ended = start_process(["-m", "pipelines.export", "--model", workspace.run], cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("export  saved_models/reviews/1\n\ncheck   ")
    assert "checks ok" in ended.out
    served, own = (
        SavedClassifier.find(tmp_path / "saved_models" / "reviews"),
        TextClassifier.from_preset(str(workspace.run)),
    )
    assert served is not None
    assert served.classify(["good"])[0].probabilities == pytest.approx(
        own.classify(["good"])[0].probabilities, abs=1e-5
    )


def test_a_hugging_face_folder_is_exported_to_take_pairs_where_that_is_said(hugging_face: Path, tmp_path: Path) -> None:
    flags = ["--model", f"{hugging_face}/", "--saved_models", "served", "--pairs", "true", "--max_length", "8"]
    ended = call("export", *flags, cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert "checks ok" in ended.out
    served = SavedClassifier.find(tmp_path / "served" / "sentiment" / "1")
    assert served is not None
    assert served.inputs == ["text", "pair"]
    own = TextClassifier.from_preset(str(hugging_face), max_length=8)
    rows = [("the film was good", "bad"), ("", "a b c d e a b c d e")]
    for one, other in zip(served.classify(rows), own.classify(rows), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
        assert list(one.probabilities) == ["[red]no[/]", "東京"]


def test_a_hugging_face_folder_is_exported_for_single_texts_where_nothing_is_said_which_is_told(
    hugging_face: Path, tmp_path: Path
) -> None:
    ended = call("export", "--model", hugging_face, "--saved_models", "served", "--max_length", "8", cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(
        f"{hugging_face} does not say whether it takes pairs of texts: exported for single ones; for pairs, --pairs\n"
    )
    served = SavedClassifier.find(tmp_path / "served" / "sentiment")
    assert served is not None
    assert served.inputs == ["text"]


def test_a_hugging_face_reader_is_exported_with_the_threshold_that_is_said(
    build_extractor: Callable[..., SpanExtractor], tmp_path: Path
) -> None:
    folder = save_hugging_face(build_extractor(), tmp_path / "reader")
    asked = ("what was it ?", "the film was good ,\n\nbad . a play 2")
    odds = SpanExtractor.from_preset(str(folder)).answer(*asked).null_odds
    flags = ["--model", folder, "--max_length", "16", "--n_best", "3", f"--null_threshold={odds - 50}"]
    flags += ["--part_words", "true", "--across_paragraphs", "true"]
    ended = call("export", *flags, cwd=tmp_path)
    assert (ended.status, ended.err) == (0, ""), ended.out
    assert "checks ok" in ended.out
    served = SavedExtractor.find(tmp_path / "saved_models" / "reader")
    assert served is not None
    own = SpanExtractor.from_preset(str(folder), null_threshold=odds - 50, max_length=16)
    own.n_best, own.part_words, own.across_paragraphs = 3, True, True
    one, other = served.answer(*asked), own.answer(*asked)
    assert one.text == other.text == ""
    assert [of.text for of in one.n_best] == [of.text for of in other.n_best]


def test_the_name_of_the_model_is_the_exports_or_that_of_its_folder(
    hugging_face: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def export(classifier: TextClassifier, base: Path, **given: object) -> Path:
        made.append(base)
        raise OSError(28, "No space left on device", str(base))

    monkeypatch.setattr("bert_keras.serving.export", export)
    assert call("export", "--model", ".", "--saved_models", tmp_path, cwd=hugging_face).status == 2
    ended = call("export", "--model", hugging_face, "--name", "[bold] :smile:", cwd=tmp_path)
    assert made == [tmp_path / "sentiment", Path("saved_models", "[bold] :smile:")]
    assert ended.err == "error: saved_models/[bold] :smile:: No space left on device\n"


def test_an_export_that_fails_its_check_is_shown_and_ends_with_1(
    hugging_face: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save_nothing(classifier: TextClassifier, folder: Path, *given: object) -> None:
        (folder / "saved_model.pb").touch()

    monkeypatch.setattr("bert_keras.serving.saved_model._save", save_nothing)
    ended = call("export", "--model", hugging_face, cwd=tmp_path)
    assert ended.status == 1
    assert "checks failed" in ended.out
    assert "wanted 1" in ended.out


def test_what_a_check_found_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    from bert_keras.serving.check import CheckReport, CheckRow

    failed = CheckRow("[bold]text[/]", False, "output :smile: is [/] float64", 0.1)
    show_check(CheckReport(Path("1"), (CheckRow("fine", True, "", 0.1), failed), (), "2.21"))
    out = capsys.readouterr().out
    assert "1 of 2 checks failed" in out
    assert "[bold]text[/]" in out
    assert "output :smile: is [/] float64" in out
    assert "fine" not in out

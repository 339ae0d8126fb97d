from pathlib import Path

from bert_keras import SpanExtractor, checkpoints

SAMPLES = Path(__file__).parents[2] / "pipelines" / "samples" / "questions"


def test_the_reader_that_comes_with_the_project_is_small() -> None:
    folder = checkpoints.locate(checkpoints.READER)
    assert {file.name for file in folder.iterdir()} == {"README.md", "adapter.json", "adapter.safetensors"}
    assert sum(file.stat().st_size for file in folder.iterdir()) < 3_000_000
    assert checkpoints.read_adapter(folder).base == checkpoints.DEFAULT_PRESET


def test_it_answers_from_a_document_of_several_windows_and_says_where_nothing_is(minilm_folder: Path) -> None:
    reader = SpanExtractor.from_preset(checkpoints.READER)
    document = (SAMPLES / "harbour.txt").read_text(encoding="utf-8")
    asked = ["By which year does the harbour hope to do without oil?", "Which airline flies to Marrick?"]
    found, nothing = reader.answer(asked, document)
    assert (found.text, document[found.start : found.end]) == ("2035", "2035")
    assert (nothing.text, nothing.start, nothing.end) == ("", 0, 0)

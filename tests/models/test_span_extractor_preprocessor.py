from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import BertTokenizer, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import InputError, PresetError
from bert_keras.models import SpanExtractor, SpanExtractorPreprocessor

Build = Callable[..., SpanExtractor]
QUESTIONS = ["the film ?", "a", ""]
CONTEXTS = ["the film was good . " * 6, "un café, naïve!", ""]


@pytest.fixture(scope="module")
def preprocessor(tokenizer: BertTokenizer) -> SpanExtractorPreprocessor:
    return SpanExtractorPreprocessor(tokenizer, max_length=16, window_overlap=4, max_question_length=3)


@pytest.fixture(scope="module")
def spelled(vocabulary: list[str]) -> Callable[[Any], list[str]]:
    return lambda rows: [
        " ".join(vocabulary[place] for place in row if vocabulary[place] != "[PAD]") for row in np.asarray(rows)
    ]


def answers(contexts: list[str], texts: list[str | None]) -> dict[str, list[int]]:
    starts = [-1 if text is None else context.index(text) for context, text in zip(contexts, texts, strict=True)]
    return {
        "start": starts,
        "end": [-1 if text is None else start + len(text) for start, text in zip(starts, texts, strict=True)],
    }


def marked(vocabulary: list[str], inputs: dict[str, Any], targets: dict[str, Any]) -> list[str]:
    """The pieces from start to end of each window."""
    rows = zip(*(np.asarray(values) for values in (inputs["token_ids"], targets["start"], targets["end"])), strict=True)
    return [" ".join(vocabulary[place] for place in row[start : end + 1]) for row, start, end in rows]


def test_windows_are_packed_and_padded(
    preprocessor: SpanExtractorPreprocessor, spelled: Callable[[Any], list[str]]
) -> None:
    found = preprocessor((["the film ?", "a"], ["the film was good . the film was bad . a b", "c"]))
    assert spelled(found["token_ids"]) == [
        "[CLS] the film ? [SEP] the film was good . the film was bad . [SEP]",
        "[CLS] the film ? [SEP] film was bad . a b [SEP]",
        "[CLS] a [SEP] c [SEP]",
    ]
    np.testing.assert_array_equal(found["padding_mask"].numpy().sum(axis=1), [16, 12, 5])
    np.testing.assert_array_equal(found["segment_ids"].numpy().sum(axis=1), [11, 7, 2])
    assert {(value.dtype, value.shape) for value in found.values()} == {(tf.int32, (3, 16))}


def test_names_are_as_good_as_a_tuple(preprocessor: SpanExtractorPreprocessor) -> None:
    known = preprocessor((QUESTIONS, CONTEXTS))
    found = preprocessor({"context": CONTEXTS, "question": QUESTIONS})
    for name, value in known.items():
        np.testing.assert_array_equal(found[name], value)


def test_a_question_is_cut_at_its_own_limit(
    preprocessor: SpanExtractorPreprocessor, spelled: Callable[[Any], list[str]]
) -> None:
    assert spelled(preprocessor((["the film was good"], ["a b"]))["token_ids"]) == [
        "[CLS] the film was [SEP] a b [SEP]"
    ]


def test_an_empty_context_is_a_window_as_well(
    preprocessor: SpanExtractorPreprocessor, spelled: Callable[[Any], list[str]]
) -> None:
    found = preprocessor((["the", "", "a"], ["", "", " \u200b"]))
    assert spelled(found["token_ids"]) == ["[CLS] the [SEP] [SEP]", "[CLS] [SEP] [SEP]", "[CLS] a [SEP] [SEP]"]


def test_no_questions_make_an_empty_batch(preprocessor: SpanExtractorPreprocessor) -> None:
    nothing = tf.constant([], tf.string)
    x, y = preprocessor((nothing, nothing), y={"start": tf.constant([], tf.int64), "end": tf.constant([], tf.int64)})
    assert (x["token_ids"].shape[0], y["start"].shape[0]) == (0, 0)


def test_text_that_looks_like_a_special_token_is_text(
    preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    ids = preprocessor((["[SEP]"], ["[CLS] [SEP] [PAD]"]))["token_ids"].numpy()[0].tolist()
    assert [ids.count(vocabulary.index(token)) for token in ("[CLS]", "[SEP]")] == [1, 2]


def test_the_answer_is_marked_in_each_window_that_holds_it(
    preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    context = "a b c d e a b the film . c d e a b c d e"
    x, y = preprocessor((["good ?"], [context]), y=answers([context], ["the film"]))
    assert marked(vocabulary, x, y) == ["the film", "the film"]
    assert y["start"].numpy().tolist() == [11, 4]
    assert {values.dtype for values in y.values()} == {tf.int32}


def test_only_windows_without_the_answer_point_at_cls(
    preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    contexts = ["the film was good . " * 2 + "un play " + ", bad " * 12, "a b c", "d e"]
    x, y = preprocessor((["a"] * 3, contexts), y=answers(contexts, ["un play", None, "d"]))
    found = marked(vocabulary, x, y)
    rows = [" ".join(vocabulary[place] for place in row) for row in x["token_ids"].numpy()]
    assert found == ["un play" if "un play" in row else "d" if " d " in row else "[CLS]" for row in rows]
    assert found.count("[CLS]") == 3
    assert found.count("un play") == 2


def test_an_answer_that_a_window_cuts_in_two_is_not_in_it(
    preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    context = "a b c d e a b c d e the film was good . a b"
    x, y = preprocessor((["?"], [context]), y=answers([context], ["e the film was good"]))
    assert "e the film" in " ".join(vocabulary[place] for place in x["token_ids"].numpy()[0])
    assert marked(vocabulary, x, y) == ["[CLS]", "e the film was good"]


@pytest.mark.parametrize("other", ["film", ""], ids=["plain", "mixed"])
def test_answers_are_counted_in_code_points_not_in_bytes(
    other: str, preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    contexts = ["👩‍👩‍👧 東京 é é the cafe\u0301 b", other]
    x, y = preprocessor((["a", "a"], contexts), y=answers(contexts, ["cafe\u0301", None]))
    assert marked(vocabulary, x, y) == ["cafe", "[CLS]"]


@pytest.mark.parametrize("answer", [" the film", "the film ", "  the film  ", "\u00a0the film"])
def test_blanks_around_an_answer_change_no_target(
    answer: str, preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    context = f"a b{answer if answer[0].isspace() else ' ' + answer}{'' if answer[-1].isspace() else ' '}was"
    x, y = preprocessor((["?"], [context]), y=answers([context], [answer]))
    assert marked(vocabulary, x, y) == ["the film"]


def test_blanks_before_the_context_shift_no_target(
    preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    contexts = [" \n\t the film was good", "the film was good"]
    x, y = preprocessor((["?", "?"], contexts), y=answers(contexts, ["good", "good"]))
    assert marked(vocabulary, x, y) == ["good", "good"]
    assert len(set(y["start"].numpy().tolist())) == 1


def test_an_answer_of_blanks_has_no_place(preprocessor: SpanExtractorPreprocessor) -> None:
    _, y = preprocessor((["?"], ["a   b"]), y={"start": [2], "end": [3]})
    assert (y["start"].numpy().tolist(), y["end"].numpy().tolist()) == ([0], [0])


def test_a_part_of_a_word_is_marked_by_the_pieces_that_hold_it(
    preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]
) -> None:
    contexts = ["the playing film", "the playing film", "the films"]
    x, y = preprocessor((["?"] * 3, contexts), y={"start": [4, 9, 5], "end": [8, 10, 8]})
    assert marked(vocabulary, x, y) == ["play", "##ing", "film"]


def test_a_weight_goes_to_all_windows_of_its_document(preprocessor: SpanExtractorPreprocessor) -> None:
    contexts = ["a b c d e " * 4, "b"]
    x, _, weights = preprocessor((["?", "?"], contexts), y=answers(contexts, ["a", "b"]), sample_weight=[0.5, 2.0])
    of = preprocessor.documents(["?", "?"], contexts).windows.documents.numpy()
    np.testing.assert_array_equal(weights, np.array([0.5, 2.0])[of])
    assert len(x["token_ids"]) == len(of) == 3


def test_it_runs_inside_tf_data(preprocessor: SpanExtractorPreprocessor) -> None:
    y = answers(CONTEXTS, ["good", "café", None])
    known_x, known_y = preprocessor((QUESTIONS, CONTEXTS), y=y)
    data = tf.data.Dataset.from_tensor_slices(((QUESTIONS, CONTEXTS), y)).batch(3)
    x, targets = next(iter(data.map(lambda texts, spans: preprocessor(texts, y=spans))))
    for found, known in ((x, known_x), (targets, known_y)):
        assert sorted(found) == sorted(known)
        for name, value in known.items():
            np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_a_graph_takes_any_number_of_texts_of_any_length(preprocessor: SpanExtractorPreprocessor) -> None:
    texts = tf.TensorSpec([None], tf.string)
    in_graph = tf.function(
        lambda questions, contexts: preprocessor((questions, contexts)), input_signature=[texts, texts]
    )
    for count in (3, 1, 0):
        given = [tf.constant(column[:count], tf.string) for column in (QUESTIONS, CONTEXTS)]
        for name, value in preprocessor(tuple(given)).items():
            np.testing.assert_array_equal(in_graph(*given)[name], value)


def test_questions_of_one_context_are_cut_as_if_each_had_its_own(preprocessor: SpanExtractorPreprocessor) -> None:
    questions, of = ["the film ?", "a", "", "bad", "not"], [1, 0, 0, 1, 0]
    shared = preprocessor.documents(questions, CONTEXTS[:2], of)
    side_by_side = preprocessor.documents(questions, [CONTEXTS[place] for place in of])
    for found, known in zip(shared[:4], side_by_side[:4], strict=True):
        assert found.to_list() == known.to_list()
    for found, known in zip(shared.windows, side_by_side.windows, strict=True):
        np.testing.assert_array_equal(found, known)
    packed = [preprocessor.pack(documents, documents.windows) for documents in (shared, side_by_side)]
    assert packed[0].token_ids.to_list() == packed[1].token_ids.to_list()


def test_places_of_tokens_slice_the_context(preprocessor: SpanExtractorPreprocessor, vocabulary: list[str]) -> None:
    context = "  Un CAFÉ, naïve!"
    made = preprocessor.documents(["a"], [context])
    columns = (values.to_list()[0] for values in (made.contexts, made.starts, made.ends))
    found = [(vocabulary[place], context[start:end]) for place, start, end in zip(*columns, strict=True)]
    assert found == [("un", "Un"), ("cafe", "CAFÉ"), (",", ","), ("naive", "naïve"), ("!", "!")]


@pytest.mark.parametrize(
    ("max_length", "overlap", "question"),
    [(512, 128, 64), (384, 128, 64), (128, 42, 21), (32, 10, 5), (16, 5, 2), (9, 3, 1)],
)
def test_what_is_not_given_is_as_published_or_in_proportion(
    max_length: int, overlap: int, question: int, tokenizer: BertTokenizer
) -> None:
    found = SpanExtractorPreprocessor(tokenizer, max_length)
    assert found.settings == {"max_length": max_length, "window_overlap": overlap, "max_question_length": question}
    assert SpanExtractorPreprocessor(tokenizer).settings == {
        "max_length": 384,
        "window_overlap": 128,
        "max_question_length": 64,
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((16, -1, 3), "window_overlap must be 0 or above, .* Received: -1 and 3"),
        ((16, 4, 0), "max_question_length 1 or above. Received: 4 and 0"),
        ((16, 10, 3), "a question of 3 tokens, an overlap of 10 and a token more: at least 17. Received: 16"),
        ((4, None, None), "max_question_length 1 or above. Received: 1 and 0"),
        ((0, 0, 1), "at least 5. Received: 0"),
        ((-3, 0, 1), "at least 5. Received: -3"),
    ],
)
def test_windows_without_room_are_refused(
    settings: tuple[int, Any, Any], message: str, tokenizer: BertTokenizer
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        SpanExtractorPreprocessor(tokenizer, *settings)
    assert "\n" not in str(caught.value)


def test_the_narrowest_windows_move_on_by_a_token(
    tokenizer: BertTokenizer, spelled: Callable[[Any], list[str]]
) -> None:
    found = SpanExtractorPreprocessor(tokenizer, 6, 1, 1)((["a"], ["b c d"]))
    assert spelled(found["token_ids"]) == ["[CLS] a [SEP] b c [SEP]", "[CLS] a [SEP] c d [SEP]"]


def test_the_configuration_comes_back_but_for_the_vocabulary(preprocessor: SpanExtractorPreprocessor) -> None:
    again = keras.layers.deserialize(keras.layers.serialize(preprocessor))
    assert isinstance(again, SpanExtractorPreprocessor)
    assert again.settings == preprocessor.settings == {"max_length": 16, "window_overlap": 4, "max_question_length": 3}
    assert again.tokenizer.lowercase is True


def test_a_fingerprint_is_of_all_that_decides_about_windows(vocabulary: list[str]) -> None:
    def fingerprint(
        tokens: list[str] = vocabulary, max_length: int = 16, overlap: int = 4, question: int = 3, **how: bool
    ) -> str:
        tokenizer = BertTokenizer(tokens, **({"lowercase": True} | how))
        return SpanExtractorPreprocessor(tokenizer, max_length, overlap, question).fingerprint

    others = [
        fingerprint([*vocabulary, "more"]),
        fingerprint(max_length=17),
        fingerprint(overlap=5),
        fingerprint(question=2),
        fingerprint(lowercase=False),
    ]
    assert len({fingerprint(), *others}) == 6
    assert fingerprint() == fingerprint(strip_accents=True)


KINDS = ("own", "adapter", "classifier", "hugging_face", "keras_hub")


@pytest.fixture(scope="module")
def presets(
    build_extractor: Build, build_classifier: Callable[..., TextClassifier], tmp_path_factory: Any
) -> dict[str, Path]:
    """A preset of 32 positions and the tiny vocabulary in each form; the first two hold a span extractor of ours."""
    root = tmp_path_factory.mktemp("presets")
    folders = {kind: root / kind for kind in KINDS}
    extractor = build_extractor(windows={"max_length": 20, "window_overlap": 5, "max_question_length": 4})
    extractor.save_to_preset(str(folders["own"]))
    save_hugging_face(extractor, folders["hugging_face"])
    adapted = build_extractor(windows={"max_length": 22, "window_overlap": 7, "max_question_length": 4})
    adapted.adapt(str(folders["own"]), rank=1)
    adapted.save_to_preset(str(folders["adapter"]))
    build_classifier(backbone={"max_sequence_length": 32}, max_length=12).save_to_preset(str(folders["classifier"]))
    tokenizer = keras_hub.tokenizers.BertTokenizer(extractor.preprocessor.tokenizer.get_vocabulary(), lowercase=True)
    sizes = {"num_layers": 1, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16, "max_sequence_length": 32}
    keras_hub.models.BertBackbone(tokenizer.vocabulary_size(), **sizes).save_to_preset(str(folders["keras_hub"]))
    tokenizer.save_to_preset(str(folders["keras_hub"]))
    return folders


OTHERS = (32, 10, 5)  # as published, in the proportion of 32 positions
OF_LENGTH = (20, 6, 3)  # of the rows that the folder says


@pytest.mark.parametrize(
    ("kind", "windows"), [*zip(KINDS, [(20, 5, 4), (22, 7, 4), OTHERS, OF_LENGTH, OTHERS], strict=True)]
)
def test_a_preset_gives_its_tokenizer_and_the_windows_of_its_own_extractor(
    kind: str, windows: tuple[int, int, int], presets: dict[str, Path], tokenizer: BertTokenizer
) -> None:
    found = SpanExtractorPreprocessor.from_preset(str(presets[kind]))
    assert found.fingerprint == SpanExtractorPreprocessor(tokenizer, *windows).fingerprint


@pytest.mark.parametrize("kind", KINDS)
def test_no_weights_are_read_for_a_preprocessor(
    kind: str, presets: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("weights were read")

    monkeypatch.setattr(keras.saving, "load_weights", refuse)
    monkeypatch.setattr(keras_hub.models.Backbone, "load_weights", refuse)
    monkeypatch.setattr("bert_keras.checkpoints.safetensors_files.SafetensorsFiles.__getitem__", refuse)
    assert SpanExtractorPreprocessor.from_preset(str(presets[kind])).tokenizer.lowercase is True


@pytest.mark.parametrize("kind", KINDS)
def test_windows_that_are_asked_for_go_before_those_of_a_preset(kind: str, presets: dict[str, Path]) -> None:
    found = SpanExtractorPreprocessor.from_preset(str(presets[kind]), 18, 3, 2)
    assert found.settings == {"max_length": 18, "window_overlap": 3, "max_question_length": 2}


def test_another_length_has_overlap_and_question_in_its_own_proportion(presets: dict[str, Path]) -> None:
    found = SpanExtractorPreprocessor.from_preset(str(presets["own"]), max_length=12)
    assert found.settings == {"max_length": 12, "window_overlap": 4, "max_question_length": 2}
    same = SpanExtractorPreprocessor.from_preset(str(presets["own"]), max_length=20)
    assert same.settings == {"max_length": 20, "window_overlap": 5, "max_question_length": 4}


@pytest.mark.parametrize(
    ("windows", "message"), [((33,), "32 positions. Received: 33"), ((12, 11), "at least 17. Received: 12")]
)
def test_windows_that_a_preset_cannot_have_are_refused(
    windows: tuple[int, ...], message: str, presets: dict[str, Path]
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        SpanExtractorPreprocessor.from_preset(str(presets["own"]), *windows)
    assert "\n" not in str(caught.value)


def test_a_preset_of_a_backbone_alone_has_no_tokenizer(build_extractor: Build, tmp_path: Path) -> None:
    build_extractor().backbone.save_to_preset(str(tmp_path / "bare"))
    with pytest.raises(PresetError, match=r"bare: no preprocessor\.json\. The folder holds: "):
        SpanExtractorPreprocessor.from_preset(str(tmp_path / "bare"))


def test_it_comes_back_from_a_preset_of_its_own_extractor(presets: dict[str, Path]) -> None:
    found = SpanExtractorPreprocessor.from_preset(str(presets["own"]))
    loaded = SpanExtractor.from_preset(str(presets["own"])).preprocessor
    assert found.fingerprint == loaded.fingerprint
    for name, value in loaded((QUESTIONS, CONTEXTS)).items():
        np.testing.assert_array_equal(found((QUESTIONS, CONTEXTS))[name], value)

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tokenizers import BertWordPieceTokenizer

from bert_keras import BertTokenizer, MaskedLM, TextClassifier, checkpoints
from bert_keras.errors import InputError, VocabularyError
from bert_keras.text import only_tokens, split_words, with_words

TEXTS = ["The playing film was bad.", "unable cafed a 2", "not a [SEP] good play!", "b c d e"]
OTHERS = ["films, plays and caf\u00e9s", "un-believable", "\u6771", "e2e ed", *TEXTS]


def reference_ids(tokenizer: BertTokenizer, texts: list[str], folder: Path) -> list[list[int]]:
    path = folder / "vocab.txt"
    path.write_text("".join(f"{token}\n" for token in tokenizer.word_pieces), encoding="utf-8")
    theirs = BertWordPieceTokenizer(str(path), lowercase=True)
    theirs.add_special_tokens([])
    return [theirs.encode(text, add_special_tokens=False).ids for text in texts]


def tokens_of(tokenizer: BertTokenizer, texts: list[str]) -> list[list[str]]:
    return [[tokenizer.id_to_token(place) for place in row] for row in tokenizer.tokenize(texts).to_list()]


def test_a_corpus_keeps_its_tokens_and_other_texts_are_split_as_the_reference_does(
    tokenizer: BertTokenizer, tmp_path: Path
) -> None:
    change = only_tokens(tokenizer, tokenizer.tokenize(TEXTS[:2]).flat_values.numpy())
    small = change.tokenizer
    assert "good" not in small.word_pieces and "##able" in small.word_pieces and "b" in small.word_pieces
    assert small.vocabulary_size() < tokenizer.vocabulary_size()
    assert tokens_of(small, TEXTS[:2]) == tokens_of(tokenizer, TEXTS[:2])
    texts = [text.replace("[SEP]", "") for text in OTHERS]  # which the reference takes for a special token
    assert small.tokenize(texts).to_list() == reference_ids(small, texts, tmp_path)
    names = tokenizer.get_vocabulary()
    assert [names[place] for (place,) in change.made_of] == small.get_vocabulary()


def test_words_that_save_most_become_tokens_as_in_the_reference(tokenizer: BertTokenizer, tmp_path: Path) -> None:
    texts = ["playing"] * 5 + ["unable cafed"] * 6 + ["films"] * 4 + ["the"] * 9
    ids = tokenizer.tokenize(texts).flat_values.numpy()
    words = split_words(tokenizer, ids, 2)
    assert words == ["unable", "cafed"] and split_words(tokenizer, ids, 9) == ["unable", "cafed", "playing"]
    longer = tokenizer.tokenize([*texts, *["playings"] * 7]).flat_values.numpy()  # of three pieces
    assert split_words(tokenizer, longer, 2) == ["playings", "unable"]
    change = with_words(tokenizer, [*words, "the", "\u6771"])
    assert tokens_of(change.tokenizer, ["Unable, cafed cafeds the"]) == [
        ["unable", ",", "cafed", "cafed", "##s", "the"]
    ]
    texts = [text.replace("[SEP]", "") for text in OTHERS]
    assert change.tokenizer.tokenize(texts).to_list() == reference_ids(change.tokenizer, texts, tmp_path)
    pieces = [tokenizer.id_to_token(place) for place in change.made_of[-2]]
    assert pieces == ["un", "##able"]
    with pytest.raises(VocabularyError, match="none of the words is split into pieces"):
        with_words(tokenizer, ["the", "\u6771"])


def test_added_tokens_follow_the_new_vocabulary(tokenizer: BertTokenizer, vocabulary: list[str]) -> None:
    marked = BertTokenizer(vocabulary, lowercase=True)
    marked.add_tokens(["[E1]", "[E2]"])
    change = only_tokens(marked, marked.tokenize(["the [E1] film"]).flat_values.numpy())
    assert tokens_of(change.tokenizer, ["The[E2]film [E1]"]) == [["the", "[E2]", "film", "[E1]"]]
    assert change.made_of[-1] == (marked.token_to_id("[E2]"),)


@pytest.mark.parametrize("tied", [True, False])
def test_a_pruned_model_answers_as_before_on_the_corpus(
    build_masked_lm: Callable[..., MaskedLM], tied: bool, tmp_path: Path
) -> None:
    model = build_masked_lm(tied=tied)
    model.output_bias.bias.assign(np.arange(39) / 10)
    before = model.logits(model.preprocessor(TEXTS)).numpy()
    tokenizer = model.preprocessor.tokenizer
    change = only_tokens(tokenizer, tokenizer.tokenize(TEXTS).flat_values.numpy())
    model.change_vocabulary(change)
    after = model.logits(model.preprocessor(TEXTS)).numpy()
    np.testing.assert_allclose(after, before[..., [place for (place,) in change.made_of]], atol=1e-5)
    for loaded in (
        MaskedLM.from_preset(str(checkpoints.save_hugging_face(model, tmp_path / "hf"))),
        _own(model, tmp_path / "own"),
    ):
        np.testing.assert_allclose(loaded.logits(loaded.preprocessor(TEXTS)), after, atol=1e-6)


def _own(model: MaskedLM, folder: Path) -> MaskedLM:
    model.save_to_preset(str(folder))
    return MaskedLM.from_preset(str(folder))


def test_a_new_word_begins_as_the_mean_of_its_pieces(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier()
    tokenizer, rows = classifier.preprocessor.tokenizer, classifier.backbone.token_embedding.embeddings.numpy()
    before = classifier.logits(classifier.preprocessor(["the film"])).numpy()
    classifier.change_vocabulary(with_words(tokenizer, ["unable"]))
    table = classifier.backbone.token_embedding.embeddings.numpy()
    pieces = [tokenizer.token_to_id(piece) for piece in ("un", "##able")]
    np.testing.assert_allclose(table[-1], rows[pieces].mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(table[:-1], rows)
    np.testing.assert_allclose(classifier.logits(classifier.preprocessor(["the film"])), before, atol=1e-6)
    assert classifier.backbone.vocabulary_size == 40
    classifier.fit(tf.data.Dataset.from_tensors((["unable film", "bad"], ["negative", "positive"])), verbose=0)
    with pytest.raises(InputError, match="change them before fit"):
        classifier.change_vocabulary(with_words(tokenizer, ["playing"]))

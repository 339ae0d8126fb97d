from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bert_keras import BertBackbone, BertTokenizer, SpanExtractor, TextEncoder
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models import TextClassifierPreprocessor, load_text_encoder


@pytest.fixture(scope="module")
def backbone(build_backbone: Callable[..., BertBackbone]) -> BertBackbone:
    return build_backbone()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"pooling": "median"}, "pooling must be of cls, max, mean.* Received: ['median']"),
        ({"pooling": ()}, "pooling must be of"),
        ({"after": ("norm",)}, "there may be 'normalize' or units and activation. Received: norm"),
        ({"after": ({"units": 3},)}, "there may be 'normalize' or units and activation"),
        ({"default_prompt": "query", "prompts": {"passage": "p: "}}, "default_prompt must be one of ['passage']"),
    ],
)
def test_what_an_encoder_cannot_be_is_refused_in_a_line(
    settings: dict[str, Any], problem: str, backbone: BertBackbone
) -> None:
    with pytest.raises(InputError) as caught:
        TextEncoder(backbone, **settings)
    assert all(part in str(caught.value) for part in problem.split(".* ")) and "\n" not in str(caught.value)


def test_the_pooler_of_a_backbone_is_not_trained_and_vectors_are_those_of_the_model(
    backbone: BertBackbone, tokenizer: BertTokenizer
) -> None:
    encoder = TextEncoder(backbone, TextClassifierPreprocessor(tokenizer, 16), ("mean", "cls"))
    assert not any("pooled_dense" in weight.path for weight in encoder.trainable_variables)
    texts = ["the film was good", "a"]
    np.testing.assert_allclose(encoder.encode(texts), encoder(encoder.preprocessor(texts)), atol=1e-6)
    assert encoder.dimension == 16
    with pytest.raises(InputError, match="encode.. takes strings, and the model has no preprocessor"):
        TextEncoder(backbone).encode(["a"])


def test_a_model_that_is_no_encoder_is_refused_where_vectors_are_compared(
    build_extractor: Callable[..., SpanExtractor], tmp_path: Path
) -> None:
    build_extractor().save_to_preset(str(tmp_path))
    with pytest.raises(CheckpointError, match=f"{tmp_path}: no sentence encoder; name a folder of sentence-transf"):
        load_text_encoder(str(tmp_path))

from pathlib import Path

import numpy as np
import pytest

from bert_keras import TextEncoder, serving
from bert_keras.errors import ExportError, InputError
from bert_keras.models import TextClassifierPreprocessor

TEXTS = ["the film was good", "", "a b c d e", "not bad, not good !", "café " * 40]


@pytest.fixture(scope="module")
def encoder(build_backbone, tokenizer) -> TextEncoder:  # type: ignore[no-untyped-def]
    after = ({"units": 5, "activation": "gelu"}, "normalize")
    return TextEncoder(build_backbone(pooler=False), TextClassifierPreprocessor(tokenizer, 16), ("cls", "max"), after)


@pytest.fixture(scope="module")
def exported(encoder: TextEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return serving.export(encoder, tmp_path_factory.mktemp("saved") / "encoder")


def test_an_export_gives_the_vectors_of_encode_and_passes_its_check(encoder: TextEncoder, exported: Path) -> None:
    saved = serving.SavedEncoder(exported)
    assert saved.dimension == 5
    np.testing.assert_allclose(saved.encode(TEXTS, token_budget=8), encoder.encode(TEXTS), rtol=0, atol=1e-5)
    inputs = encoder.preprocessor(TEXTS)
    np.testing.assert_allclose(saved.of_tokens(inputs)["embedding"], encoder.encode(TEXTS), rtol=0, atol=1e-5)
    report = serving.check(exported)
    assert report.ok, report
    assert {"embed, batch of 7", "serving_default, batch of 7"} <= {row.what for row in report.rows}


def test_an_export_puts_the_default_prompt_before_texts_and_leaves_it_out_of_the_mean(
    build_backbone,
    tokenizer,
    tmp_path: Path,  # type: ignore[no-untyped-def]
) -> None:
    preprocessor = TextClassifierPreprocessor(tokenizer, 16)
    encoder = TextEncoder(build_backbone(pooler=False), preprocessor, include_prompt=False, prompts={"q": "a b "})
    plain = encoder.encode(TEXTS)
    encoder.default_prompt = "q"
    saved = serving.SavedEncoder(serving.export(encoder, tmp_path / "encoder", signatures=("strings",)))
    np.testing.assert_allclose(saved.encode(TEXTS), encoder.encode(TEXTS), rtol=0, atol=1e-5)
    assert np.abs(plain - encoder.encode(TEXTS)).max() > 1e-3


def test_what_an_encoder_cannot_do_is_refused_in_a_line(encoder: TextEncoder, exported: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has the signatures strings, token_ids and embed. Received: explain"):
        serving.export(encoder, tmp_path / "x", signatures=("explain",))
    with pytest.raises(InputError, match="a text encoder gives vectors"):
        serving.export(encoder, tmp_path / "x", compared=["a"])
    with pytest.raises(ExportError, match="vectors are those of a text encoder"):
        serving.saved_task(exported)

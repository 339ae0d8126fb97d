from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bert_keras import MaskedLM, serving
from bert_keras.errors import ExportError, InputError
from bert_keras.serving import SavedClassifier, SavedMaskedLM
from bert_keras.serving.any_export import saved_mask_filler

TEXTS = ["the [MASK] was good", "[MASK][MASK] é [MASK]", "café naïve [MASK]!", "a b c d e [MASK]", "film [MASK] bad"]


@pytest.fixture(scope="module")
def model(build_masked_lm: Callable[..., MaskedLM]) -> MaskedLM:
    model = build_masked_lm(backbone={"vocabulary_size": 40})  # a row of the embedding is no token
    model.output_bias.bias.assign(np.arange(40) / 20)
    return model


@pytest.fixture(scope="module")
def version(model: MaskedLM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return serving.export(model, tmp_path_factory.mktemp("exports") / "filler")


@pytest.fixture(scope="module")
def saved(version: Path) -> SavedMaskedLM:
    found = saved_mask_filler(version.parent)
    assert found is not None
    return found


def test_an_export_fills_masks_as_the_model_does(saved: SavedMaskedLM, model: MaskedLM) -> None:
    wanted, found = (of.fill_texts(TEXTS, top=10, token_budget=20) for of in (model, saved))
    for one, other in zip(wanted, found, strict=True):
        assert [mask.start for mask in one] == [mask.start for mask in other]
        for mask, same in zip(one, other, strict=True):
            assert [of.token for of in mask.candidates] == [of.token for of in same.candidates]
            assert [of.token_id for of in mask.candidates] == [of.token_id for of in same.candidates]
            probabilities = [[of.probability for of in some.candidates] for some in (mask, same)]
            np.testing.assert_allclose(*probabilities, atol=1e-5)


def test_rows_without_masks_and_masks_that_are_not_read_have_no_candidates(saved: SavedMaskedLM) -> None:
    answer = saved._request(["no mask", "a [MASK] " + "b " * 20 + "[MASK]"])
    assert answer["masks"].tolist() == [0, 2]
    assert answer["starts"].tolist() == [[-1, -1], [2, 49]]
    assert answer["tokens"].shape == (2, 2, 10) and (answer["tokens"][0] == b"").all()
    assert (answer["token_ids"][1, 1] == -1).all() and (answer["probabilities"][1, 1] == 0).all()
    assert (answer["probabilities"][1, 0] > 0).all()
    assert saved._request([])["tokens"].shape == (0, 0, 10)
    with pytest.raises(InputError, match="text 3: the .MASK. at character 40 stands behind"):
        saved.fill_texts(["a [MASK]", "[MASK]", "a " * 20 + "[MASK]"])


def test_the_signature_on_token_ids_answers_the_same(saved: SavedMaskedLM) -> None:
    ids = np.array([[2, 4, 13, 14, 3], [2, 11, 4, 3, 0]], np.int32)  # 4 is [MASK]
    found = saved.of_tokens({"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": (ids > 0).astype(np.int32)})
    wanted = saved._request(["[MASK] was good", "the [MASK]"])
    np.testing.assert_array_equal(found["token_ids"], wanted["token_ids"])
    np.testing.assert_allclose(found["probabilities"], wanted["probabilities"], atol=1e-5)


def test_the_check_of_an_export_passes(version: Path) -> None:
    report = serving.check(version)
    assert report.ok, [row for row in report.rows if not row.ok]
    assert any(row.what == "fill_mask, masks" for row in report.rows)


def test_what_an_export_cannot_do_is_told(version: Path, model: MaskedLM, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an export gives 10 candidates for a mask at most. Received: top 11"):
        SavedMaskedLM(version).fill("a [MASK]", top=11)
    with pytest.raises(ExportError, match="masks are filled by a masked language model, a SavedMaskedLM"):
        SavedClassifier(version)
    with pytest.raises(InputError, match="a masked language model has the signatures strings, token_ids and fill_mask"):
        serving.export(model, tmp_path / "other", signatures=["explain"])
    assert saved_mask_filler(tmp_path) is None

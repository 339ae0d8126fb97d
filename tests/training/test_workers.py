import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROGRAM = Path(__file__).with_name("working_together.py")
# Their gradients are zero but for rounding, and Adam makes steps of those: they change no output.
WITHOUT_GRADIENT = {
    "extractor": ("key/bias", "feedforward_layer_norm/beta", "logits/bias"),
    "encoder": ("key/bias",),
    "scored": ("key/bias",),
}


@pytest.fixture(scope="module")
def folder(vocabulary: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workers")
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary))
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    """What the program prints, and "said", the lines of its workers."""
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), "equality", "interruptions"],
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        timeout=600,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) | {"said": ended.stderr}


def weights(path: Path) -> dict[str, np.ndarray]:
    held = np.load(path)
    return {name: held[name] for name in held.files if name[0].isdigit()}


def assert_same_bits(folder: Path, name: str, other_name: str) -> None:
    one, other = (np.load(folder / f"{of}.npz") for of in (name, other_name))
    assert one.files == other.files
    assert [one[of].tobytes() == other[of].tobytes() for of in one.files] == [True] * len(one.files)


@pytest.mark.parametrize(
    "case",
    [
        "classifier",
        "regression",
        "adapters",
        "extractor",
        "masked_lm",
        "tagger",
        "encoder",
        "scored",
        "few_shot",
        "taught",
    ],
)
def test_two_workers_are_one_with_the_same_batch(case: str, results: dict[str, Any], folder: Path) -> None:
    assert results["equality"]["ended"] == [0, 0, 0], results["said"]
    alone, first, other = (np.load(folder / f"{case}-{place}.npz") for place in ("alone", "0", "1"))
    ignored = WITHOUT_GRADIENT.get(case, ())
    compared = [name for name in weights(folder / f"{case}-alone.npz") if not name.endswith(ignored)]
    assert len(compared) >= 20
    for name in compared:
        np.testing.assert_allclose(first[name], alone[name], rtol=0, atol=1e-5, err_msg=name)
        assert other[name].tobytes() == first[name].tobytes()
    histories = [json.loads(str(of["history"])) for of in (alone, first, other)]
    assert histories[1] == histories[2]
    for name, values in histories[0].items():
        assert histories[1][name] == pytest.approx(values, abs=1e-5), name
    assert str(first["best"]) == str(alone["best"])
    assert alone["sent"] == 0 < first["sent"]


def test_early_stopping_is_that_of_one_worker(results: dict[str, Any], folder: Path) -> None:
    history = json.loads(str(np.load(folder / "classifier-0.npz")["history"]))
    assert len(history["loss"]) == 2  # of four epochs, since dev is wrong


def test_a_worker_that_is_stopped_killed_or_frozen_ends_all_and_they_go_on_to_the_undisturbed_bits(
    results: dict[str, Any], folder: Path
) -> None:
    found, said = results["interruptions"], results["said"]
    assert found["stopped"] == [130, 130]
    assert f"stopped at epoch 1, step 2 of 6, saved in {folder}/disturbed; the same command goes on" in said
    assert found["killed"] == [2, -9]
    assert (
        f"worker 1 ended without a word; the training is saved in {folder}/disturbed as of epoch 1, step 5 of 6; the "
        "same command goes on from there"
    ) in said
    assert found["frozen"] == [2, 2]
    assert "worker 1 showed no sign of life for 4 s: frozen, or cut off; the training is saved" in said
    assert found["finished"] == [0] * 9
    assert_same_bits(folder, "undisturbed", "disturbed")


def test_a_killed_worker_ends_a_training_on_few_rows_which_goes_on_to_the_undisturbed_bits(
    results: dict[str, Any], folder: Path
) -> None:
    assert results["interruptions"]["few_killed"] == [2, -9]
    assert (
        f"worker 1 ended without a word; the training is saved in {folder}/few-disturbed as of step 4 of 6 of the "
        "contrast; the same command goes on from there"
    ) in results["said"]
    assert_same_bits(folder, "few-undisturbed", "few-disturbed")


def test_one_worker_goes_on_from_the_checkpoint_of_two(results: dict[str, Any], folder: Path) -> None:
    history = json.loads(str(np.load(folder / "alone.npz")["history"]))
    assert len(history["loss"]) == 2
    assert np.isfinite(history["loss"]).all()

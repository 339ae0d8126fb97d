import json
import os
from pathlib import Path

import numpy as np
import pytest

from bert_keras.errors import DataError, InputError
from bert_keras.retrieval import VectorFile, nearest, vector_file


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, np.ndarray]:
    """A file of vectors in groups, of different lengths and with a row of nothing, for which codes are made."""
    monkeypatch.setattr(vector_file, "_EXACT_BELOW", 1000)
    monkeypatch.setattr(vector_file, "_ROWS", 700)
    monkeypatch.setattr(vector_file, "_CANDIDATES", 200)
    random = np.random.default_rng(0)
    vectors = np.repeat(random.normal(size=(60, 80)), 50, axis=0) + random.normal(size=(3000, 80))
    vectors = (vectors * random.uniform(0.5, 2, (3000, 1))).astype(np.float32)
    vectors[9] = 0
    np.save(tmp_path / "vectors.npy", vectors)
    return tmp_path / "vectors.npy", vectors


def test_a_search_by_codes_finds_what_all_cosines_find(made: tuple[Path, np.ndarray]) -> None:
    path, vectors = made
    seen: list[tuple[int, int]] = []
    file = VectorFile(path, lambda done, total: seen.append((done, total)))
    assert not file.exact and (len(file), file.dimension) == (3000, 80)
    assert seen[-1] == (3000, 3000)
    queries = vectors[5:2800:50] + 0.1
    (rows, cosines), (expected, true) = file.search(queries, 10), nearest(vectors, queries, 10)
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), expected.tolist(), strict=True)])
    assert recall > 0.97
    np.testing.assert_allclose(cosines[:, 0], true[:, 0], atol=1e-5)
    assert (np.diff(cosines, axis=1) <= 0).all()
    assert len(file._candidates(vectors[5], 200)) < 1500  # it is no search in all


def test_codes_are_kept_and_made_anew_when_the_vectors_change(made: tuple[Path, np.ndarray]) -> None:
    path, vectors = made
    VectorFile(path)
    described = path.with_name("vectors.npy.index") / "index.json"
    before = described.stat().st_mtime_ns
    seen: list[tuple[int, int]] = []
    VectorFile(path, lambda done, total: seen.append((done, total)))
    assert not seen and described.stat().st_mtime_ns == before
    np.save(path, vectors[::-1])
    os.utime(path, ns=(1, 1))
    rows, _ = VectorFile(path, lambda done, total: seen.append((done, total))).search(vectors[:1], 1)
    assert seen and rows.tolist() == [[2999]]
    assert json.loads(described.read_text(encoding="utf-8"))["vectors"][1] == 1


@pytest.mark.parametrize("broken", ["codes.npy", "mean.npy", "index.json"])
def test_damaged_codes_are_made_anew(made: tuple[Path, np.ndarray], broken: str) -> None:
    path, vectors = made
    VectorFile(path)
    (path.with_name("vectors.npy.index") / broken).write_bytes(b"{}")
    rows, _ = VectorFile(path).search(vectors[:1], 1)
    assert rows.tolist() == [[0]]


def test_a_folder_of_something_else_is_left_alone(made: tuple[Path, np.ndarray]) -> None:
    path, _ = made
    folder = path.with_name("vectors.npy.index")
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is no index of vectors"):
        VectorFile(path)
    assert (folder / "thesis.txt").exists()


def test_a_small_file_is_searched_exactly_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float16)
    np.save(tmp_path / "vectors.npy", vectors)
    file = VectorFile(tmp_path / "vectors.npy")
    assert file.exact
    np.testing.assert_array_equal(file.search(vectors[3:5], 50)[0], nearest(vectors, vectors[3:5], 50)[0])
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.npy"]
    with pytest.raises(InputError, match=r"have 8 numbers, .* Received: \[1, 9\]"):
        file.search(np.zeros([1, 9]), 1)


def test_what_is_no_file_of_vectors_is_told(made: tuple[Path, np.ndarray]) -> None:
    path, vectors = made
    vectors[2100, 3] = np.nan
    np.save(path, vectors)
    with pytest.raises(DataError, match="vectors.npy, row 2101: a vector of finite numbers expected"):
        VectorFile(path)
    assert not path.with_name("vectors.npy.index").exists()
    for content, message in ((np.zeros(3), "Received: float64"), (np.zeros([2, 2], int), "Received: int64")):
        np.save(path, content)
        with pytest.raises(DataError, match=message):
            VectorFile(path)
    np.save(path, np.array([{}, None], object), allow_pickle=True)
    with pytest.raises(DataError, match="it is no .npy file of numbers"):
        VectorFile(path)
    with pytest.raises(DataError, match="No such file"):
        VectorFile(path.with_name("none.npy"))

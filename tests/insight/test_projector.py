from pathlib import Path

import numpy as np
import pytest
from projector_server import ProjectorServer

from bert_keras.errors import InputError
from bert_keras.insight import projector
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.projector import octets, write_projector

ODD = ["", "a\tb", "c\nd", " ", "\u2028", "<img src=x onerror=alert(1)>", "007", "🎬", "العربية", '"', "\r\n"]


def some(points: int = 6, dimensions: int = 4, name: str = "rows", seed: int = 0, **settings) -> EmbeddingSet:
    vectors = np.random.default_rng(seed).normal(size=(points, dimensions)).astype(np.float32)
    columns = {
        "text": [f"row {place}" for place in range(points)],
        "label": ["ab"[place % 2] for place in range(points)],
    }
    return EmbeddingSet(name, vectors, settings.pop("columns", columns), settings.pop("colour", "label"), **settings)


def test_the_projector_serves_each_set_of_each_run_as_it_was_written(tmp_path: Path) -> None:
    sets = [
        some(name="[CLS] last layer (6)"),
        some(9, 3, name="mean, layer 1"),
        some(5, 7, name="tokens", group="vocabulary"),
    ]
    runs = write_projector(tmp_path / "projector", sets)
    assert runs == [tmp_path / "projector" / "sentences", tmp_path / "projector" / "vocabulary"]
    server = ProjectorServer(tmp_path)
    assert sorted(server.runs()) == ["projector/sentences", "projector/vocabulary"]
    assert list(server.embeddings("projector/sentences")) == ["[CLS] last layer (6)", "mean, layer 1"]
    for run, each in zip(["projector/sentences"] * 2 + ["projector/vocabulary"], sets, strict=True):
        served = server.tensor(run, each.name)
        assert len(served) == len(each.vectors)
        # Turned and centred, so distances between points are what stays.
        apart = [np.linalg.norm(rows[:, np.newaxis] - rows, axis=-1) for rows in (served, each.vectors)]
        np.testing.assert_allclose(*apart, atol=2e-4)
        names, *rows = server.metadata(run, each.name)
        assert names == ["text", "label", "norm"] and [row[0] for row in rows] == each.columns["text"]


def test_rows_keep_their_vectors_whatever_their_texts_hold(tmp_path: Path) -> None:
    write_projector(tmp_path / "p", [some(len(ODD), columns={"text": ODD}, colour=None)])
    names, *rows = ProjectorServer(tmp_path).metadata("p/sentences", "rows")
    assert len(rows) == len(ODD) and all(len(row) == len(names) == 2 for row in rows)


def test_more_than_200_dimensions_become_components_and_the_name_says_what_they_keep(tmp_path: Path) -> None:
    write_projector(tmp_path / "p", [some(300, 260, name="wide"), some(5, 260, name="few and wide", seed=1)])
    server = ProjectorServer(tmp_path)
    shapes = {name: each["tensorShape"] for name, each in server.embeddings("p/sentences").items()}
    wide, few = sorted(shapes, key=len)
    assert (
        wide.startswith("wide - PCA keeps 9") and wide.endswith(" percent of variance") and shapes[wide] == [300, 200]
    )
    assert few == "few and wide - PCA keeps 100.0 percent of variance" and shapes[few] == [5, 4]


def test_what_the_browser_does_not_show_is_left_out_and_the_name_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "MOST_POINTS", 4)
    whole = some(10, left_out=90)
    write_projector(tmp_path / "p", [whole])
    server, name = ProjectorServer(tmp_path), "rows - 96 of 100 points left out"
    assert server.tensor("p/sentences", name).shape == (4, 3)  # four points differ in three directions
    assert [row[0] for row in server.metadata("p/sentences", name)[1:]] == whole.sample(4).columns["text"]


def test_bookmarks_colour_by_the_column_that_was_asked_for_first(tmp_path: Path) -> None:
    columns = {
        "text": list("uvwxyz"),
        "step": [1.0, 1, 1, 2, 2, 2],
        "right": ["yes", "no"] * 3,
        "score": np.linspace(0, 1, 6).tolist(),
    }
    write_projector(tmp_path / "p", [some(columns=columns, colour="right")])
    states = ProjectorServer(tmp_path).bookmarks("p/sentences", "rows")
    assert [state["selectedColorOptionName"] for state in states] == ["right", "step"]
    assert states[0]["selectedLabelOption"] == "text" and states[0]["dataSetDimensions"] == [6, 4]
    assert states[0]["label"] == "PCA, coloured by right"


def test_of_many_labels_the_most_frequent_are_coloured(tmp_path: Path) -> None:
    labels = [f"label {place % 77}" for place in range(300)]
    columns = {"text": [f"row {place}" for place in range(300)], "label": labels}
    write_projector(tmp_path / "p", [some(300, columns=columns)])
    server = ProjectorServer(tmp_path)
    names, *rows = server.metadata("p/sentences", "rows")
    assert names == ["text", "label", "label (most frequent)", "norm"]
    assert len({row[2] for row in rows}) == 50 and [row[1] for row in rows] == labels
    assert server.bookmarks("p/sentences", "rows")[0]["selectedColorOptionName"] == "label (most frequent)"


def test_names_hold_nothing_that_an_address_would_cut(tmp_path: Path) -> None:
    write_projector(tmp_path / "p", [some(name="a&b#c+d%20/é:0"), some(name="a&b#c+d%20/é:0", seed=1)])
    server = ProjectorServer(tmp_path)
    first, second = server.embeddings("p/sentences")
    assert first == "a_b_c_d_20___0" and second == "a_b_c_d_20___0 (2)"
    assert not np.array_equal(server.tensor("p/sentences", first), server.tensor("p/sentences", second))


@pytest.mark.parametrize(
    "first", [b"\x00\x00\x00\x3f", b"1\n2\n", b"\n\n\n\n", b"\xc3\xa9\x0a\x40", b"\x00\x00\x00\x00"]
)
def test_vectors_whose_octets_look_like_text_are_read_as_vectors_all_the_same(first: bytes, tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).uniform(1, 2, (6, 4)).astype("<f4")
    vectors[0, 0] = np.frombuffer(first, "<f4")[0]
    vectors[0, 1] = np.frombuffer(b"\x0a\x0a\x0a\x3f", "<f4")[0]
    read = np.frombuffer(octets(vectors), "<f4").reshape(6, 4)
    np.testing.assert_allclose(read, vectors, rtol=2**-16, atol=1e-40)
    with pytest.raises(UnicodeDecodeError):
        octets(vectors).split(b"\n")[0].decode()


def test_a_group_is_replaced_as_a_whole_and_others_stay(tmp_path: Path) -> None:
    write_projector(tmp_path / "p", [some(), some(name="more", seed=1), some(name="tokens", group="vocabulary")])
    write_projector(tmp_path / "p", [some(name="new")])
    server = ProjectorServer(tmp_path)
    assert list(server.embeddings("p/sentences")) == ["new"] and list(server.embeddings("p/vocabulary")) == ["tokens"]
    assert len(list((tmp_path / "p" / "sentences").iterdir())) == 5
    assert not [path for path in (tmp_path / "p").iterdir() if path.name.startswith(".")]


def test_a_run_that_could_not_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_projector(tmp_path / "p", [some()])
    before = {path: path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file()}
    monkeypatch.setattr(projector, "table", lambda columns: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_projector(tmp_path / "p", [some(seed=5)])
    assert {path: path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file()} == before


def test_folders_with_other_files_or_names_that_the_projector_cannot_ask_for_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p" / "sentences").mkdir(parents=True)
    (tmp_path / "p" / "sentences" / "report.json").write_text("{}")
    with pytest.raises(InputError, match=r"not the projector's \(report.json\)"):
        write_projector(tmp_path / "p", [some()])
    with pytest.raises(InputError, match="named with letters, digits"):
        write_projector(tmp_path / "a&b", [some()])
    with pytest.raises(InputError, match="at least one set of vectors"):
        write_projector(tmp_path / "q", [])
    with pytest.raises(InputError, match="at least 3 points"):
        write_projector(tmp_path / "q", [some(2)])
    assert not (tmp_path / "q").exists()

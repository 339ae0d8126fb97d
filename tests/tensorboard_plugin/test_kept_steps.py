from pathlib import Path

import pytest

from bert_keras.event_files.writer import EventWriter
from bert_keras.tensorboard_plugin import FILE_SUFFIX, PLUGIN_NAME
from bert_keras.tensorboard_plugin.kept_steps import LEAST, MOST, kept_steps

_OCTETS = 20_000


def write(folder: Path, tags: dict[str, int], octets: int = _OCTETS) -> Path:
    """Writes as many steps of each tag."""
    writer = EventWriter(folder, FILE_SUFFIX)
    for step in range(max(tags.values())):
        for tag, steps in tags.items():
            if step < steps:
                writer.blobs(step, tag, PLUGIN_NAME, [bytes(octets)])
    return folder


def test_all_steps_are_kept_where_they_fit(tmp_path: Path) -> None:
    write(tmp_path / "run", {"a": 30, "b": 1})
    assert kept_steps(str(tmp_path), budget=32 * _OCTETS) == MOST


def test_as_many_are_kept_as_fit_over_all_tags_and_runs(tmp_path: Path) -> None:
    write(tmp_path / "run", {"a": 30, "b": 20})
    write(tmp_path / "deep" / "er", {"a": 5})
    # 15 of a, 15 of b and the 5; a step is a little more than its octets.
    assert kept_steps(str(tmp_path), budget=int(35.5 * _OCTETS)) == 15
    assert kept_steps(str(tmp_path), budget=int(34.5 * _OCTETS)) == 14


def test_tensorboards_own_number_is_kept_in_any_case(tmp_path: Path) -> None:
    write(tmp_path / "run", {"a": 30})
    assert kept_steps(str(tmp_path), budget=1) == LEAST


def test_other_files_and_points_of_curves_count_for_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"a": 12})
    (folder / "events.out.tfevents.1").write_bytes(bytes(10**6))
    writer = EventWriter(folder, FILE_SUFFIX)
    for step in range(100):
        writer.scalars(step, {f"curve_{number}": 1.0 for number in range(30)})
    assert kept_steps(str(tmp_path), budget=13 * _OCTETS) == MOST


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 100, bytes(11), (10**15).to_bytes(8, "little") + bytes(50_000), bytes(100_000)]
)
def test_damaged_files_are_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"events.out.tfevents.1{FILE_SUFFIX}").write_bytes(content)
    assert kept_steps(str(tmp_path), budget=1) == MOST


@pytest.mark.parametrize("logdir", ["", "/nowhere/at/all", "gs://bucket/log", "~/nowhere/at/all"])
def test_a_log_that_is_not_here_is_not_looked_at(logdir: str) -> None:
    assert kept_steps(logdir) == MOST

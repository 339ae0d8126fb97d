"""Folders in which the pages of the documentation are run, with tiny files under the names that they use."""

import itertools
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "pipelines"))  # where the programs are called from

from pages import REPOSITORY, PageRun  # noqa: E402
from programs import Ended  # noqa: E402
from stand_ins import write_encoder, write_reader  # noqa: E402

from bert_keras.checkpoints import bundled  # noqa: E402

SAMPLES = REPOSITORY / "pipelines" / "samples"
WITH_THE_DEFAULT_WEIGHTS = ("ask_documents.md", "checkpoints.md", "sentence_vectors.md")
"""Pages that show what those answer. On the others, most of which train, a tiny model stands for them."""

_ROWS = {"train": 240, "dev": 60, "test": 60}
_PARAGRAPHS = {"train": 6, "dev": 3}
_MADE_BY = REPOSITORY / "docs" / "fine_tune.md"
_RUN = "reviews"
"""The run that one page makes and others go on with; where they show the command that makes it, it is not run again."""


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of the tiny models, by the names of the functions that find the models they stand for."""
    files = (SAMPLES / "reviews" / "train.tsv", SAMPLES / "questions" / "dev.json")
    texts = [file.read_text(encoding="utf-8") for file in files]
    folder = tmp_path_factory.mktemp("models")
    return {
        "bundled_folder": write_encoder(folder / "encoder", texts),
        "reader_folder": write_reader(folder / "reader", texts),
    }


@pytest.fixture(scope="session")
def run_page(
    tmp_path_factory: pytest.TempPathFactory, stand_ins: dict[str, Path], request: pytest.FixtureRequest
) -> Callable[[Path], object]:
    """Runs a page's blocks once, in a folder of its own."""
    runs: dict[Path, tuple[Path, PageRun]] = {}

    def run(page: Path) -> tuple[Path, PageRun]:
        if page not in runs:
            folder = tmp_path_factory.mktemp(page.stem)
            _write_files(folder)
            goes_on = page != _MADE_BY and f"runs/{_RUN}" in page.read_text(encoding="utf-8")
            runs[page] = folder, PageRun(folder, given_by(*run(_MADE_BY), folder) if goes_on else {})
            with pytest.MonkeyPatch.context() as patch:
                choose_models(page, patch)
                runs[page][1].run(page)
        return runs[page]

    def given_by(made_in: Path, made: PageRun, folder: Path) -> dict[str, Ended]:
        for part in ("runs", "saved_models"):
            shutil.copytree(made_in / part / _RUN, folder / part / _RUN)
        return {command: ended for command, ended in made.ended.items() if f"--name {_RUN} " in command}

    def choose_models(page: Path, patch: pytest.MonkeyPatch) -> None:
        if page.name in WITH_THE_DEFAULT_WEIGHTS:
            request.getfixturevalue("minilm_folder")
            return
        for name, standing in stand_ins.items():
            patch.setattr(bundled, name, lambda standing=standing: standing)

    return run


def _write_files(folder: Path) -> None:
    """Writes small files of reviews and of questions, and shows the samples where a user has them."""
    for split, count in _ROWS.items():
        with (SAMPLES / "reviews" / f"{split}.tsv").open(encoding="utf-8") as file:
            (folder / f"{split}.tsv").write_text("".join(itertools.islice(file, count + 1)), encoding="utf-8")
    for split, count in _PARAGRAPHS.items():
        squad = json.loads((SAMPLES / "questions" / f"{split}.json").read_text(encoding="utf-8"))
        squad["data"] = [{**article, "paragraphs": article["paragraphs"][:1]} for article in squad["data"][:count]]
        (folder / f"{split}.json").write_text(json.dumps(squad), encoding="utf-8")
    (folder / "pipelines").mkdir()
    for shown in ("samples", "configs"):
        (folder / "pipelines" / shown).symlink_to(REPOSITORY / "pipelines" / shown)

"""The commands that a training suggests at its end can be pasted into a shell, whatever the run is called."""

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from programs import program_of

from pipelines.answer.report import AnswerResults
from pipelines.classify.config import ClassifyConfig
from pipelines.classify.report import ClassifyResults
from pipelines.command_line.parser import parse
from pipelines.contrast.report import ContrastResults
from pipelines.pretrain.report import PretrainResults
from pipelines.tag.report import TagResults

RUN, SERVED = Path("my runs", "it's $1"), Path("saved models", "it's $1")


@pytest.mark.parametrize("kind", [AnswerResults, ClassifyResults, ContrastResults, PretrainResults, TagResults])
def test_odd_names_are_quoted(kind: Any) -> None:
    results: Any = kind.__new__(kind)
    config = ClassifyConfig(train="some data.tsv", dev="dev.tsv")
    results.folder, results.data = SimpleNamespace(path=RUN), SimpleNamespace(config=config)
    for command in results.commands(SERVED / "1"):
        shown, name, *flags = shlex.split(command)
        assert shown == "bert-keras"
        given = parse(program_of(name), flags)
        if name == "audit":
            assert given["train"] == "some data.tsv"
            continue
        named = [given[option] for option in ("model", "model_base_path", "runs") if option in given]
        assert named and set(map(str, named)) <= {str(RUN), str(SERVED), str([str(RUN), "ANOTHER_RUN"])}
        assert given.get("model_name", SERVED.name) == SERVED.name

import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from attention_logs import blobs, write

from bert_keras.tensorboard_plugin import PLUGIN_NAME
from bert_keras.tensorboard_plugin.loader import AttentionLoader

# TensorBoard as on a machine that has neither TensorFlow nor Keras.
_WITHOUT = """
import json, sys, time

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "keras_hub"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tensorboards import started

with started(Path(sys.argv[2]), sys.argv[3] == "fast", 1) as board:
    assert json.loads(board.get("/data/plugins_listing").data)["bert_keras_attention"]["enabled"]
    assert board.examples()["runs"]["run"]["text"][0]["layers"] == 3
    assert len(board.ask("/layer", run="run", tag="text", step=0, layer=2).data) == 32
    assert board.ask("/index.js").status_code == 200
assert not {"tensorflow", "keras", "keras_hub"} & set(sys.modules)
"""


def test_tensorboard_finds_the_loader_by_its_entry_point() -> None:
    (entry,) = metadata.entry_points(group="tensorboard_plugins", name=PLUGIN_NAME)
    assert entry.load() is AttentionLoader


def test_loading_brings_no_tensorflow() -> None:
    code = (
        "import sys; from bert_keras.tensorboard_plugin.loader import AttentionLoader; "
        "import bert_keras.tensorboard_plugin.plugin; "
        "assert not {'tensorflow', 'keras', 'keras_hub'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("loader", ["fast", "slow"])
def test_the_tab_works_without_tensorflow(tmp_path: Path, loader: str) -> None:
    write(tmp_path / "run", [(0, "text", blobs())])
    command = [sys.executable, "-c", _WITHOUT, str(Path(__file__).parent), str(tmp_path), loader]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_steps_are_kept_beyond_tensorboards_ten(tmp_path: Path) -> None:
    flags = SimpleNamespace(samples_per_plugin={"images": 3}, logdir=str(tmp_path))
    AttentionLoader().fix_flags(flags)
    assert flags.samples_per_plugin == {"images": 3, PLUGIN_NAME: 1_000}


def test_what_the_user_says_of_steps_stays(tmp_path: Path) -> None:
    flags = SimpleNamespace(samples_per_plugin={PLUGIN_NAME: 7}, logdir=str(tmp_path))
    AttentionLoader().fix_flags(flags)
    assert flags.samples_per_plugin == {PLUGIN_NAME: 7}


@pytest.mark.parametrize("flags", [{}, {"samples_per_plugin": None}, {"samples_per_plugin": {}, "logdir": None}])
def test_flags_of_another_tensorboard_do_no_harm(flags: dict[str, object]) -> None:
    AttentionLoader().fix_flags(SimpleNamespace(**flags))


def test_without_a_data_provider_there_is_no_tab() -> None:
    assert AttentionLoader().load(SimpleNamespace(data_provider=None)) is None

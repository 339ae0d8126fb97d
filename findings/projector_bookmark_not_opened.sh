#!/usr/bin/env bash
# TensorBoard's Projector saves which bookmark is selected, and forgets it when it reads the file.
#
# TensorBoard 2.21.0. A bookmark (a saved view: projection, colouring, labels) has the field `isSelected`, which the
# Projector sets for the current one and writes with the others when bookmarks are downloaded. When it adds bookmarks of
# a file, its own download or the `bookmarks_path` of projector_config.pbtxt, it first sets the field of each to false,
# and restores no view. So a log cannot open coloured by a column: whoever looks has to press the bookmark. Seen in the
# code that the wheel serves, the function that adds bookmarks and the one that saves them:
#
#   addStates: for each bookmark: isSelected = false, then it is listed
#   saving: isSelected = true for the new one, false for those before
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-deps tensorboard==2.21.0

cat > seen.py <<'PY'
import re
import sysconfig
from pathlib import Path

plugin = Path(sysconfig.get_paths()["purelib"], "tensorboard/plugins/projector/tf_projector_plugin")
code = (plugin / "projector_binary.js").read_text(encoding="utf-8")
added = re.search(r"\baddStates\((\w+)\)\{(.*?)\}clearStateSelection\(", code, re.DOTALL)
assert added, "the function that adds bookmarks is another one"
name, body = added.groups()
print("adding: ", body)
one = rf"{name}\[\w+\]"
forgotten = re.search(rf"{one}\.isSelected=!1", body)
listed = re.search(rf'push\("savedStates",{one}\)', body)
assert forgotten and listed and forgotten.start() < listed.start(), body
assert "isSelected=!0" not in body and "selectedState" not in body, body
saved = re.search(r"\w+\.isSelected=!0,this\.selectedState=this\.savedStates\.length", code)
assert saved, "saving does not select the bookmark any more"
print("saving: ", saved[0])
assert "serializeAllSavedStates" in code
PY
env/bin/python seen.py

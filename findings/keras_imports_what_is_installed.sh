#!/usr/bin/env bash
# Keras 3.15.1: `import keras` imports scikit-learn and matplotlib.pyplot wherever they are installed.
#
# They serve its scikit-learn wrappers and image galleries, which a program may never touch, and are imported at the
# top of their modules. So every process that imports Keras starts slower once either package is in its environment,
# for whatever other reason: seen 0.9 s for scikit-learn and 0.4 s for Matplotlib, beside 0.9 s for Keras itself.
# Seen with Keras 3.15.1, scikit-learn 1.9.1, Matplotlib 3.11.2, on Python 3.11, with the backends JAX and TensorFlow.
# What follows: a program that answers once and ends saves the time if the names are in sys.modules as None meanwhile.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
pip() { "$folder/env/bin/pip" install --quiet --disable-pip-version-check "$@"; }
pip keras==3.15.1 jax[cpu]==0.10.2 numpy==2.4.6

cat > "$folder/look.py" <<'PY'
import sys

if "hidden" in sys.argv:
    sys.modules["sklearn"] = sys.modules["matplotlib"] = None
import keras

print([bool(sys.modules.get(name)) for name in ("sklearn", "matplotlib.pyplot")])
PY
look() { KERAS_BACKEND=jax "$folder/env/bin/python" "$folder/look.py" "$@" 2>/dev/null; }

before=$(look)
pip scikit-learn==1.9.1 matplotlib==3.11.2
after=$(look)
hidden=$(look hidden)
echo "neither is installed:     $before"
echo "both are:                 $after"
echo "both are, but hidden:     $hidden"

[[ "$before" == "[False, False]" ]] || { echo "changed: Keras brings them along"; exit 1; }
[[ "$after" == "[True, True]" ]] || { echo "changed: Keras no longer imports them"; exit 1; }
[[ "$hidden" == "[False, False]" ]] || { echo "changed: hiding them does not help"; exit 1; }
echo "as described"

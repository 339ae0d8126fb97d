#!/usr/bin/env bash
# A SavedModel whose weights are constants of the graph takes several times the memory of one with variables.
#
# TensorFlow 2.21.0, Linux, processor. The same 12 matrices of 1,448 x 1,448 floats (96 MiB) are saved as variables and,
# by `convert_variables_to_constants_v2`, as constants. Each is loaded in a session of a fresh process as TF Serving
# does, run once on one row, and free memory is given back (malloc_trim). Seen, resident memory above the process
# before the load: variables about 0.1 GB, one copy; constants over 0.6 GB, six copies and more, and the peak is higher
# still. Proto, base graph, Grappler's item, the optimized graph, the executor and the kernel each hold one.
# Freezing a BERT-base in float32 (0.4 GB) therefore costs some 2.5 GB in the server.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet tensorflow==2.21.0 numpy==2.4.6
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=

cat > save.py <<'PY'
import numpy as np, tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

rng = np.random.default_rng(0)
module = tf.Module()
module.weights = [tf.Variable(rng.normal(0, 0.02, (1448, 1448)).astype("float32")) for _ in range(12)]

@tf.function(input_signature=[tf.TensorSpec([None, 1448], tf.float32, name="x")])
def run(x):
    for weight in module.weights:
        x = tf.tanh(x @ weight)
    return {"y": x}

tf.saved_model.save(module, "variables", signatures=run)
frozen = convert_variables_to_constants_v2(run.get_concrete_function())
serve = tf.function(lambda x: {"y": frozen(x)[0]}, input_signature=[tf.TensorSpec([None, 1448], tf.float32, name="x")])
tf.saved_model.save(tf.Module(), "constants", signatures=serve)
PY

cat > load.py <<'PY'
import ctypes, sys, numpy as np, tensorflow as tf

def resident():
    ctypes.CDLL(None).malloc_trim(0)
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024

v1, graph = tf.compat.v1, tf.Graph()
session = v1.Session(graph=graph)
before = resident()
with graph.as_default():
    signature = v1.saved_model.loader.load(session, ["serve"], sys.argv[1]).signature_def["serving_default"]
session.run(signature.outputs["y"].name, {signature.inputs["x"].name: np.ones((1, 1448), "float32")})
print(round(resident() - before))
PY

env/bin/python save.py 2> /dev/null
variables=$(env/bin/python load.py variables 2> /dev/null | tail -1)
constants=$(env/bin/python load.py constants 2> /dev/null | tail -1)
echo "96 MiB of weights: $variables MiB as variables, $constants MiB as constants"
test "$constants" -gt $((3 * variables))

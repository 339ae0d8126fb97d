#!/usr/bin/env bash
# LiteRT's converter knows the exact GELU in one order of its products, and TensorFlow's own GELU is not the fastest one.
#
# TensorFlow 2.21.0, Linux, x86 processor. `tf.lite.TFLiteConverter` turns `0.5 * x * (1 + erf(x * sqrt(0.5)))` into one
# built-in op, GELU. The same formula as `x * (0.5 * (1 + erf(x * sqrt(0.5))))`, one multiplication moved, does not
# convert at all: Erf needs the Flex delegate. `tf.nn.gelu(x, approximate=False)` converts too, but is made of
# Erfc and Neg, and without oneDNN takes about twice as long as by Erf (with oneDNN, after a product and a bias, all
# three become one op). So the form that converts and is fast everywhere is the first one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet tensorflow==2.21.0 numpy==2.4.6
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES= TF_ENABLE_ONEDNN_OPTS=0

cat > forms.py <<'PY'
import math, statistics, time
import numpy as np, tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
half = math.sqrt(0.5)
forms = {
    "0.5 * x * (1 + erf)": lambda x: 0.5 * x * (1.0 + tf.math.erf(x * half)),
    "x * (0.5 * (1 + erf))": lambda x: x * (0.5 * (1.0 + tf.math.erf(x * half))),
    "tf.nn.gelu": lambda x: tf.nn.gelu(x, approximate=False),
}
graphs = {
    name: tf.function(form, input_signature=[tf.TensorSpec([None, 1536], tf.float32)]).get_concrete_function()
    for name, form in forms.items()
}
converted = {}
for name, graph in graphs.items():
    try:
        model = tf.lite.TFLiteConverter.from_concrete_functions([graph]).convert()
        converted[name] = {op["op_name"] for op in tf.lite.Interpreter(model_content=model)._get_ops_details()}
    except Exception as error:
        assert "Erf" in str(error), error
        converted[name] = "needs Flex for Erf"
x = tf.constant(np.random.default_rng(0).normal(size=(512, 1536)), tf.float32)
seconds = {name: [] for name in graphs}
for _ in range(60):
    for name, graph in graphs.items():
        begun = time.perf_counter()
        graph(x)
        seconds[name].append(time.perf_counter() - begun)
taken = {name: statistics.median(of) for name, of in seconds.items()}
for name in graphs:
    print(f"{name:24} {1e3 * taken[name]:6.2f} ms  LiteRT: {converted[name]}")
first, second, own = graphs
assert converted[first] == {"GELU"} and converted[second] == "needs Flex for Erf", converted
assert taken[own] > 1.5 * taken[first], taken
PY
env/bin/python forms.py 2>/dev/null

#!/usr/bin/env bash
# TensorFlow 2.21: a tf.function in which a tf.custom_gradient is traced is never freed, nor is its graph.
#
# While a graph is traced, each call of a function with its own gradient registers that gradient under a new name, in a
# table of the process that nothing is ever taken out of. The registered closure holds the tensors of the graph, and they
# the whole graph, so that a dead model leaves megabytes behind: a process that builds and trains models one after the
# other (a search, a server of trainings, a notebook, tests) grows until it is killed. The same function without a
# gradient of its own is freed; so it is where only Python runs it. Seen with TensorFlow 2.21.0 on Python 3.11.
# What follows: take what a trace has added out of the table when the gradients of that trace have been made.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tensorflow==2.21.0 numpy==2.4.6
cd "$folder"

cat > trace.py <<'PY'
import gc

import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph


@tf.custom_gradient
def own_square(x):
    return x * x, lambda upstream: upstream * 2.0 * x


def trained(square):
    weight = tf.Variable(3.0)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = square(weight)
        weight.assign_sub(0.1 * tape.gradient(loss, weight))

    step()
    return round(float(weight), 4)


def graphs_left(square):
    def count():
        gc.collect()
        return sum(isinstance(each, FuncGraph) for each in gc.get_objects())

    before = count()
    results = {trained(square) for _ in range(5)}
    assert results == {2.4}, results
    return count() - before


print("without", graphs_left(tf.square), "with", graphs_left(own_square))
PY
said=$(TF_CPP_MIN_LOG_LEVEL=3 env/bin/python trace.py 2>/dev/null | tail -1)
echo "graphs left by five trained models, without and with a gradient of its own: $said"
[[ "$said" == "without 0 with 5" ]] || { echo "changed"; exit 1; }
echo "as described"

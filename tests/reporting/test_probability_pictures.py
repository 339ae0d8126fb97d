import numpy as np
import pytest

from bert_keras import evaluation
from bert_keras.reporting import precision_recall_figure


@pytest.mark.parametrize("name", ["a", "a label of a very long name that takes a line"])
def test_the_legend_of_the_curves_is_below_them(name: str) -> None:
    random = np.random.default_rng(0)
    targets, outputs = random.integers(8, size=200), random.random([200, 8])
    curves = evaluation.precision_recall_by_label(targets, outputs, [f"{name} {place}" for place in range(8)])
    figure = precision_recall_figure(curves)
    figure.draw_without_rendering()
    (axes,), (legend,) = figure.axes, figure.legends
    assert axes.get_legend() is None
    below, curve = legend.get_window_extent(), axes.get_window_extent()
    assert below.y1 <= curve.y0
    assert below.x0 >= 0 and below.x1 <= figure.bbox.width

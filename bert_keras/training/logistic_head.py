"""Logistic regression on vectors, fitted exactly, as the dense layer of a classifier's head."""

from typing import Any

import numpy as np
from scipy import optimize, special

from bert_keras.errors import TrainingError

PENALTY = 1.0
"""The strength of the penalty, which is scikit-learn's default for vectors of length 1."""
_STEPS = 1000
# A label that all rows have, or none, would drive its bias to infinity.
_LARGEST_BIAS = 10.0


def fit_logistic(
    vectors: np.ndarray,
    targets: np.ndarray,
    labels: int,
    penalty: float = PENALTY,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Fits a logistic regression with an L2 penalty on its kernel, to the optimum (L-BFGS, Liu and Nocedal 1989).

    The vectors are first divided by the root of their mean squared length, so that the penalty means the same for any
    encoder; the kernel is returned for the vectors as they are.

    Args:
        vectors: The vectors, `[rows, size]`.
        targets: The index of each row's label, `[rows]`, for a softmax over the labels; or zeros and ones, `[rows,
            labels]`, for a sigmoid of each label.
        labels: The number of labels.
        penalty: Half of this times the squared kernel is added to the summed cross entropy of the rows.
        weights: What the cross entropy of each row is multiplied by, `[rows]`. `None` means 1 for all.

    Returns:
        The kernel `[size, labels]` and the bias `[labels]`, both float32.

    Raises:
        TrainingError: The vectors are not finite.
    """
    x = np.asarray(vectors, np.float64)
    if not np.isfinite(x).all():
        raise TrainingError(
            "the vectors of the training rows are not finite, so that no head can be fitted on them; try float32 if it "
            "is bfloat16, or a lower learning rate"
        )
    scale = float(np.sqrt(np.mean(np.sum(np.square(x), axis=1)))) or 1.0
    counted = np.ones(len(x)) if weights is None else np.asarray(weights, np.float64)
    problem = _Problem(x / scale, np.asarray(targets), labels, penalty, counted)
    found = optimize.minimize(
        problem,
        np.zeros((x.shape[1] + 1) * labels),
        jac=True,
        method="L-BFGS-B",
        bounds=problem.bounds,
        options={"maxiter": _STEPS, "ftol": 1e-12, "gtol": 1e-6},
    )
    kernel, bias = problem.parts(found.x)
    return (kernel / scale).astype(np.float32), bias.astype(np.float32)


class _Problem:
    """The penalised cross entropy and its gradient, as SciPy calls it."""

    def __init__(self, x: np.ndarray, targets: np.ndarray, labels: int, penalty: float, weights: np.ndarray) -> None:
        self._x, self._labels, self._penalty, self._weights = x, labels, penalty, weights[:, np.newaxis]
        self._softmax = targets.ndim == 1
        self._wanted = np.eye(labels)[targets] if self._softmax else (targets > 0.5).astype(np.float64)

    @property
    def bounds(self) -> list[tuple[float | None, float | None]]:
        """The range of each parameter."""
        return [(None, None)] * (self._x.shape[1] * self._labels) + [(-_LARGEST_BIAS, _LARGEST_BIAS)] * self._labels

    def parts(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the kernel and the bias in the parameters."""
        return parameters[: -self._labels].reshape(-1, self._labels), parameters[-self._labels :]

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Returns the value and the gradient."""
        kernel, bias = self.parts(parameters)
        logits = self._x @ kernel + bias
        if self._softmax:
            logs = special.log_softmax(logits, axis=1)
            loss, probable = -np.sum(self._weights * logs * self._wanted), np.exp(logs)
        else:
            loss = np.sum(self._weights * (np.logaddexp(0, logits) - logits * self._wanted))
            probable = special.expit(logits)
        wrong: Any = self._weights * (probable - self._wanted)
        gradient = [(self._x.T @ wrong + self._penalty * kernel).ravel(), wrong.sum(axis=0)]
        return float(loss + 0.5 * self._penalty * np.sum(kernel * kernel)), np.concatenate(gradient)

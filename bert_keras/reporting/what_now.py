"""What a run says about what to do next: sentences made from its report, the most urgent first."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras.evaluation import METRICS
from bert_keras.reporting.headlines import headlines
from bert_keras.reporting.names import better_is_lower, percent, score, title

_CHANGED = 0.05  # of a loss, below which it neither rises nor falls
_FEWEST_CONFUSED = 3
_MANY_CUT, _MANY_UNKNOWN, _MANY_CONTRADICTIONS = 0.05, 0.1, 0.01
_LONGEST_NAME = 60


def what_now(report: Mapping[str, Any]) -> list[str]:
    """Returns what the report of a finished run says about what to do next.

    Args:
        report: The content of `report.json`, of a classification, regression or question-answering run.

    Returns:
        Sentences, the most urgent first; each is about a number of the report, and where nothing is to be said there is
        none.
    """
    sentences = [
        *_baseline(report),
        *_trouble(report.get("data", {})),
        *_curves(report.get("training", {}).get("history", {})),
        *_kept_epoch(report),
        *_confused(report.get("metrics", {}), report["model"].get("labels", ())),
        *_few_rows(report),
        *_learning_curve(report.get("learning_curve", {})),
        *_calibration(report.get("calibration", {})),
        *_abstaining(report.get("calibration", {})),
    ]
    return [f"{sentence}." for sentence in sentences]


def calibration_sentences(report: Mapping[str, Any]) -> list[str]:
    """Returns the sentences of `what_now` on how sure the answers are; none if that was not asked."""
    of = report.get("calibration", {})
    return [f"{sentence}." for sentence in (*_calibration(of), *_abstaining(of))]


def told_training(training: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the report's `training` for people: epochs are counted from 1, and a kept one only said if compared."""
    told = {name: value for name, value in training.items() if name not in ("best_epoch", "stop_metric")}
    best = training.get("best_epoch")
    if best is None:
        return told
    return told | {"kept_epoch": f"{best + 1:,}, by {title(training.get('stop_metric') or 'the score')} on dev"}


def _baseline(report: Mapping[str, Any]) -> Iterator[str]:
    metrics = METRICS.get(report["model"].get("task", "single_label"))
    if metrics:
        found = headlines(report, "dev", report.get("metrics", {}), metrics)
        warning = found.warning() if found.of else None
        if warning:
            yield f"Nothing was learned that can be shown: {warning}"


def _trouble(data: Mapping[str, Any]) -> Iterator[str]:
    """Yields the signs of trouble in the data that change what the scores mean."""
    splits = {name: data.get(name, {}) for name in ("train", "dev")}
    train, dev = splits.values()
    shared = dev.get("in_train", 0) + dev.get("near_duplicates_of_train", 0)
    if shared:
        yield f"{shared:,} rows of dev stand in train too, or nearly so, which flatters the scores"
    rows = train.get("rows_read") or 0
    contradictions = train.get("contradictions", 0)
    if rows and contradictions >= max(1, _MANY_CONTRADICTIONS * rows):
        yield f"{contradictions:,} rows of train stand there before with another label; bert-keras audit lists them"
    cut = {name: of["rows_cut"] / of["rows_read"] for name, of in splits.items() if of.get("rows_cut")}
    if cut and max(cut.values()) > _MANY_CUT:
        shares = " and ".join(f"{share:.0%} of the rows of {name}" for name, share in cut.items())
        yield f"{shares} are cut to the model's length; a higher --max_length reads more"
    unknown = {name: of.get("unknown_token_share", 0) for name, of in splits.items()}
    if max(unknown.values()) >= _MANY_UNKNOWN:
        shares = " and ".join(f"{share:.0%} of the tokens of {name}" for name, share in unknown.items() if share)
        yield f"{shares} are [UNK], all the same to the model; a model of this language knows them"


def _curves(history: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Yields a sentence if the losses of the epochs speak for over- or underfitting."""
    train, dev = history.get("loss", ()), history.get("val_loss", ())
    if len(dev) < 2 or len(train) != len(dev):
        return
    best = int(np.argmin(dev))
    if dev[-1] > (1 + _CHANGED) * dev[best] and train[-1] < train[best]:
        yield (
            f"Overfitting: the loss on dev is lowest after epoch {best + 1} of {len(dev)} ({score(dev[best])}) and "
            f"{score(dev[-1])} after the last, while that on train falls to {score(train[-1])}; more rows or fewer "
            "epochs are what helps"
        )
    elif best == len(dev) - 1 and dev[-1] < (1 - _CHANGED) * dev[-2] and train[-1] < (1 - _CHANGED) * train[-2]:
        yield (
            f"Underfitting: the loss on dev still falls in the last epoch ({score(dev[-2])} to {score(dev[-1])}), and "
            "so does that on train; more --epochs are worth a try"
        )


def _kept_epoch(report: Mapping[str, Any]) -> Iterator[str]:
    training = report.get("training", {})
    best, metric = training.get("best_epoch"), training.get("stop_metric")
    values = training.get("history", {}).get(f"val_{metric}", ())
    if best is None or best + 1 >= len(values):
        return
    form = percent if report["model"].get("task") == "spans" and not better_is_lower(metric) else score
    same = "the lower loss decided" if values[best] == values[-1] else f"after the last {form(values[-1])}"
    yield (
        f"The weights of epoch {best + 1} of {len(values)} are kept, the best on dev: {title(metric)} "
        f"{form(values[best])}, {same}"
    )


def _confused(metrics: Mapping[str, Any], labels: Sequence[str]) -> Iterator[str]:
    pairs: Counter[frozenset[str]] = Counter()
    one_way: Counter[tuple[str, str]] = Counter()
    for true, predicted, rows in _mistakes(metrics, labels):
        pairs[frozenset((true, predicted))] += rows
        one_way[true, predicted] += rows
    if not pairs:
        return
    pair, rows = max(pairs.items(), key=lambda entry: entry[1])
    if rows < _FEWEST_CONFUSED:
        return
    (true, predicted), ahead = max(
        ((way, count) for way, count in one_way.items() if set(way) == pair), key=lambda entry: entry[1]
    )
    among = " among those" if sum(count == rows for count in pairs.values()) > 1 else ""
    back = f", {rows - ahead:,} the other way" if rows > ahead else ""
    yield (
        f"{_name(true)} and {_name(predicted)} are{among} confused most: {rows:,} rows, {ahead:,} of {_name(true)} "
        f"taken for {_name(predicted)}{back}"
    )


def _mistakes(metrics: Mapping[str, Any], labels: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    for mistake in metrics.get("most_confused", ()):
        yield mistake["true"], mistake["predicted"], mistake["rows"]
    for true, row in enumerate(metrics.get("confusion", ())):
        for predicted, rows in enumerate(row):
            if rows and true != predicted:
                yield labels[true], labels[predicted], rows


def _few_rows(report: Mapping[str, Any]) -> Iterator[str]:
    """Yields a sentence about the weakest of the labels that have less than half as many rows as is usual."""
    counts = report.get("data", {}).get("train", {}).get("rows_by_label", {})
    classes = report.get("metrics", {}).get("classes", {})
    known = {label: of for label, of in classes.items() if of["rows"] and label in counts}
    if len(known) < 2:
        return
    usual, middle = float(np.median([counts[label] for label in known])), np.median([of["f1"] for of in known.values()])
    few = {label: of for label, of in known.items() if 2 * counts[label] < usual and of["f1"] < middle}
    if few:
        label, of = min(few.items(), key=lambda entry: entry[1]["f1"])
        rows = "row" if counts[label] == 1 else "rows"
        yield (
            f"{_name(label)} has {counts[label]:,} {rows} in train where others have {usual:,.0f}, and an F1 of "
            f"{score(of['f1'])} on {of['rows']:,} of dev: collect more of it"
        )


def _learning_curve(curve: Mapping[str, Any]) -> Iterator[str]:
    if "gain" in curve:
        low, high = curve["interval"]
        gain = (
            f"{curve['more']:,} rows more bring about {score(curve['gain'], '+')} {title(curve['metric'])} "
            f"({score(low, '+')} to {score(high, '+')})"
        )
        better = high < 0 if better_is_lower(curve["metric"]) else low > 0
        yield gain if better else f"{gain}: the curve does not show that more rows help"
    elif curve:
        yield (
            "The learning curve does not tell what more rows bring: only all rows were "
            f"{curve['ways'][-1]}, the parts were learned {curve['ways'][0]}"
        )


def _calibration(of: Mapping[str, Any]) -> Iterator[str]:
    kept, before, after = of.get("kept"), of.get("before", {}), of.get("after", {})
    if kept and after:
        what = "A temperature of " + f"{kept['temperature']:.3g}" if "loss" in after else "Thresholds by label"
        moves = [f"{title(name)} from {score(before[name])} to {score(after[name])}" for name in after]
        if of.get("of_train"):
            yield (
                f"{what}, fitted on {kept['rows']:,} rows of train that a second training on the others did not see, "
                f"moves on dev {' and '.join(moves)}"
            )
            return
        verb = "moves" if "loss" in after else "move"
        yield (
            f"{what}, fitted on {kept['rows']:,} rows of dev, {verb} {' and '.join(moves)}, each half of dev scored by "
            "what was fitted on the other"
        )
    elif of.get("why_not"):
        yield f"The calibration is left as it is: {of['why_not']}"


def _abstaining(of: Mapping[str, Any]) -> Iterator[str]:
    kept, found = of.get("kept"), of.get("abstaining")
    if kept and found:
        yield (
            f"The surest {found['share']:.0%} of dev are {found['right']:.1%} right ({found['low']:.1%} to "
            f"{found['high']:.1%}), those of a probability from {kept['abstain_below']:.3g} on, where "
            f"{100 * found['wanted']:.4g}% was wanted; leave the others to a person where a mistake is dear"
        )


def _name(label: str) -> str:
    return f"{label!r}" if len(label) <= _LONGEST_NAME else f"{label[: _LONGEST_NAME // 2]!r}…"

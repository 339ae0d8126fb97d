// Why the model said one label and not another: the difference of the attributions of both labels' logits.

import { shortName } from "../../records/record.js";

export const CONTRAST = "contrast";

/** Returns the labels whose attributions were logged, the most probable first; an empty list where none were. */
export function contrastLabels({ header }) {
  return header.label_attributions?.labels ?? [];
}

/**
 * Returns the two labels that a state names: the explained one, and the one that it is set against.
 * @returns {[string, string]}
 */
export function contrasted(record, state) {
  const labels = contrastLabels(record);
  const { target, prediction } = record.header;
  const known = (label) => labels.includes(label);
  const why = [state.why, target?.label, ...(prediction?.predicted ?? []), labels[0]].find(known);
  const others = [state.than, target?.against, ...(prediction?.true ?? []), ...labels];
  return [why, others.find((label) => known(label) && label !== why)];
}

/** Returns the controls that choose the two labels; each list leaves out the label that the other has. */
export function contrastControls(record, state) {
  const [why, than] = contrasted(record, state);
  const options = (not) =>
    contrastLabels(record)
      .filter((label) => label !== not)
      .map((label) => ({ value: label, label: shortName(label), title: label }));
  return [
    { kind: "select", name: "why", label: "Why", options: options(than), value: why },
    { kind: "select", name: "than", label: "and not", options: options(why), value: than },
  ];
}

/** Returns the attribution of the difference of two labels' logits, which is exact: the method is linear in them. */
export function contrast(record, state) {
  const [why, than] = contrasted(record, state);
  const { labels, values, gaps, drops } = record.header.label_attributions;
  const [one, other] = [labels.indexOf(why), labels.indexOf(than)];
  const less = (from) => from[one].map((value, place) => value - from[other][place]);
  const gap = gaps ? Math.abs(gaps[one] - gaps[other]).toPrecision(2) : null;
  const missed = gap ? ` The sum misses the true difference by ${gap}.` : "";
  const about = `Integrated gradients of the logit of “${why}” minus that of “${than}”: blue speaks for the first.`;
  return {
    method: CONTRAST,
    title: "Why one label and not another",
    paper: "Sundararajan, Taly and Yan 2017",
    note: about + missed,
    target: `${why}, not ${than}`,
    values: less(values),
    drops: drops ? less(drops) : null,
    layer: 0,
    layers: 1,
    signed: true,
  };
}

// What a model takes and answers, by its signatures.

const ORDER = ["question", "text", "pair", "context"];
const NAMES = { question: "Question", text: "Text", pair: "Second text", context: "Document" };

/**
 * @typedef {object} Task
 * @property {string[]} inputs The inputs of `serving_default`, in the order of the form.
 * @property {"single_label"|"multi_label"|"regression"|"span"|"entities"|"other"} kind What it answers.
 * @property {{layers: number, heads: number}|null} explain The shape of its attention; null without the signature.
 */

/**
 * Returns what a version takes and answers.
 * @param {object} signatures
 * @returns {Task|null} Null where there is nothing to type: no `serving_default`, or one that does not take strings.
 */
export function taskOf(signatures) {
  const served = signatures.serving_default;
  const inputs = Object.keys(served?.inputs ?? {}).sort(inOrder);
  const strings = inputs.every((name) => served.inputs[name].dtype === "DT_STRING" && rank(served.inputs[name]) === 1);
  if (!inputs.length || !strings) return null;
  return { inputs, kind: kindOf(served.outputs), explain: explanationOf(signatures.explain, inputs) };
}

/** Returns the names of a version's signatures, without TensorFlow's own. */
export function signatureNames(signatures) {
  return Object.keys(signatures)
    .filter((name) => !name.startsWith("__"))
    .sort((one, other) => (other === "serving_default") - (one === "serving_default") || (one < other ? -1 : 1));
}

/** Returns an input's name as a label. */
export function inputLabel(name) {
  return NAMES[name] ?? name;
}

/** Returns what a model takes and answers, in words. */
export function inWords(task) {
  const takes = task.inputs.map((name) => inputLabel(name).toLowerCase()).join(" and ");
  const gives = {
    single_label: "one label",
    multi_label: "labels",
    regression: "a number",
    span: "an answer",
    entities: "entities",
  }[task.kind];
  return `takes ${takes}${gives ? `, gives ${gives}` : ""}`;
}

function inOrder(one, other) {
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return place(one) - place(other) || (one < other ? -1 : 1);
}

function kindOf(outputs) {
  const has = (...names) => names.every((name) => name in outputs);
  if (has("answer", "answers", "starts", "ends", "scores", "null_odds")) return "span";
  if (has("label", "labels", "probabilities")) return "single_label";
  if (has("chosen", "labels", "probabilities")) return "multi_label";
  if (has("entities", "labels", "starts", "ends", "scores", "count")) return "entities";
  return has("score") ? "regression" : "other";
}

function explanationOf(signature, inputs) {
  if (!signature || Object.keys(signature.inputs).sort(inOrder).join() !== inputs.join()) return null;
  const needed = ["tokens", "starts", "ends", "segments", "attributions", "gap", "attention"];
  if (!needed.every((name) => name in signature.outputs)) return null;
  const [, layers, heads] = signature.outputs.attention.tensor_shape.dim.map(({ size }) => Number(size));
  return { layers, heads };
}

function rank({ tensor_shape: shape }) {
  return shape.unknown_rank ? 1 : shape.dim.length;
}

// The lines around the picture: the text, the model's output, how exact the numbers are, and what they do not show.
import { percent, significant } from "../records/numbers.js";
import { shortName, visible } from "../records/record.js";
import { element } from "./elements.js";

const LONGEST_NAME = 32; // characters of a label, whose whole name is in the tooltip

/**
 * Returns the line above the picture: the text and the model's output.
 * @param {object} record
 * @param {boolean} compared Whether the panes have titles, which say what was predicted for each.
 */
export function summary(record, compared) {
  const { header } = record;
  const second = record.isPair || header.second ? quoted(record, 1) : null;
  return [quoted(record, 0), second, compared ? null : outcome(record)].filter(Boolean);
}

function quoted(record, text) {
  const { header } = record;
  const string = (text === 0 ? header.first : header.second) ?? "";
  const name = header.task === "answer" ? ["Question", "Context"][text] : record.isPair ? ["A", "B"][text] : "Text";
  const shown = string.trim() ? visible(string.replace(/\s+/g, " ")) : "(empty)";
  return element(
    "span",
    { class: "bk-quote", title: shown.slice(0, 2000) },
    element("span", { class: "bk-key" }, name),
    element("q", { dir: "auto" }, shown),
  );
}

/** Returns what the model predicted and whether that is right; null where nothing was logged. */
export function outcome(record) {
  const parts = outcomeParts(record.header, record.decided || "Prediction");
  return parts === null ? null : element("span", { class: "bk-outcome", title: wholeNames(record.header) }, ...parts);
}

/** Returns the names of the predicted and the true labels, which may be cut on the screen. */
function wholeNames({ prediction }) {
  if (!prediction?.predicted?.length) return null;
  const { predicted, true: correct } = prediction;
  return `${predicted.join(", ")}${correct ? `; true: ${correct.join(", ") || "no label"}` : ""}`;
}

function outcomeParts({ prediction, answer }, about) {
  if (answer) return [element("span", { class: "bk-key" }, "Answer"), answerText(answer)];
  if (!prediction) return null;
  const predicted =
    prediction.value !== null && prediction.value !== undefined
      ? significant(prediction.value, 4)
      : labelled(prediction);
  const wrong = prediction.true && prediction.true.join() !== prediction.predicted.join();
  const truth = prediction.true
    ? element(
        "span",
        { class: wrong ? "bk-wrong" : "bk-right" },
        wrong ? ` ✗ true: ${named(prediction.true)}` : " ✓ right",
      )
    : null;
  return [element("span", { class: "bk-key", dir: "auto" }, about), element("b", {}, predicted), truth];
}

function answerText({ predicted, gold }) {
  const words = predicted ? predicted.text : "no answer";
  if (!gold) return element("b", { dir: "auto" }, words);
  const right = gold.length ? gold.some((span) => span.text === predicted?.text) : predicted === null;
  const truth = gold.length ? gold[0].text : "no answer";
  const mark = element(
    "span",
    { class: right ? "bk-right" : "bk-wrong" },
    right ? " ✓ as annotated" : ` ✗ annotated: ${truth}`,
  );
  return element("span", {}, element("b", { dir: "auto" }, words), mark);
}

function labelled({ predicted, labels, probabilities }) {
  if (!predicted.length) return "no label";
  return predicted.map((name) => withProbability(name, probabilities[labels.indexOf(name)])).join(", ");
}

function withProbability(name, probability) {
  return `${shortName(name, LONGEST_NAME)} ${probability === undefined ? "" : percent(probability)}`;
}

function named(labels) {
  return labels.length ? labels.map((name) => shortName(name, LONGEST_NAME)).join(", ") : "no label";
}

/** Returns the line below the picture: attention is no explanation. */
export function caution(openGradients) {
  const gradients = element(
    "button",
    { type: "button", class: "bk-linklike", onclick: openGradients },
    "the gradient methods in the Text view",
  );
  return element(
    "span",
    {},
    "Attention shows where the model looks, not why it decides: it is no explanation. Set it beside ",
    gradients,
    ", which follow the output back to the words.",
  );
}

/** Returns how exact the numbers are, for the line above the picture. */
export function exactness(record) {
  const { logit_difference: plain, served_difference: served, quantisation } = record.header;
  const computed = plain !== null && plain !== undefined;
  const parts = [
    computed ? `Logits differ from the model’s by ${significant(plain)}` : "Computed by the exported model",
  ];
  if (served !== null && served !== undefined) parts.push(`from the exported model’s by ${significant(served)}`);
  const rounded = `weights rounded by at most ${significant(quantisation.max_error)}`;
  const page = quantisation.page_step
    ? ` This page rounds them further, to ${quantisation.page_step}, so that it stays small: the log does not.`
    : "";
  const mean = `Here that is ${significant(quantisation.mean_error)} on average.${page}`;
  const compared = served === null || served === undefined ? " There was no export to compare with." : "";
  const how = computed ? `${EXACTNESS} ${OCTETS} ${mean}${compared}` : `${OCTETS} ${mean}`;
  return element("span", { class: "bk-exact", title: how }, `${parts.join(", ")} · ${rounded}`);
}

const EXACTNESS =
  "These views are computed in a pass of their own with the same weights. The logits of that pass are compared with " +
  "those of the model itself and of its export.";
const OCTETS = "Weights are stored as one octet each, by their square root.";

/** Returns what is shown instead of a picture while the log holds no record: how to write one. */
export function nothingYet(problems, live) {
  const command = 'bert-keras visualize --model MODEL --text "a charming journey" --logdir LOGDIR';
  const callback = "bert_keras.insight.AttentionProbes(LOGDIR, probes)";
  return element(
    "div",
    { class: "bk-empty" },
    element("h2", {}, "No attention has been logged here yet"),
    element("p", {}, "Look at a text with a trained model:"),
    element("pre", {}, command),
    element("p", {}, "or watch texts while a model is trained, with a callback of fit:"),
    element("pre", {}, callback),
    live ? element("p", {}, "This page looks for new examples every 30 seconds.") : null,
    ...problemList(problems),
  );
}

/** Returns a list of the log's problems; an empty array where there are none. */
export function problemList(problems) {
  if (!problems.length) return [];
  return [element("ul", { class: "bk-problems" }, ...problems.map((problem) => element("li", {}, problem)))];
}

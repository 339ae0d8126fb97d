// What the model predicted and whether that is right, as a heading over the text view's and the answer view's panels.
import { decimal } from "../records/numbers.js";
import { oneLine } from "../records/record.js";
import { css } from "./theme.js";

/**
 * Draws the prediction and, below it, whether it is right.
 * @param {object} painter
 * @param {object} theme
 * @param {import("../records/record.js").AttentionRecord} record
 * @param {{size: number, small: number}} sizes Of the view's text, in pixels.
 * @param {number} x The left edge.
 * @param {number} y The top.
 * @param {number} width
 */
export function drawVerdict(painter, theme, record, { size, small }, x, y, width) {
  const { title, verdict, wrong } = verdictOf(record);
  painter.text(title, x, y + 12, { size: size + 2, weight: 600, maxWidth: width, cut: "middle" });
  if (!verdict) return;
  const fill = wrong ? wrongColour(theme) : theme.muted;
  const style = { size: small + 1, weight: wrong ? 600 : 400, fill };
  painter.text(verdict, x, y + 40, { ...style, maxWidth: width, cut: "middle" });
}

/** Returns a colour for wrong predictions that is readable on the background. */
function wrongColour(theme) {
  return css(theme.diverging(theme.name === "dark" ? -0.75 : -0.93));
}

/** Returns the prediction in words: {title, verdict, wrong}. */
function verdictOf(record) {
  const { prediction, answer, task } = record.header;
  if (task === "answer") return answerVerdict(answer);
  const about = record.decided || "Prediction";
  if (!prediction) return { title: "No prediction logged", verdict: "", wrong: false };
  if (prediction.value !== null && prediction.value !== undefined) {
    return {
      title: `Predicted value: ${decimal(prediction.value)}`,
      verdict: trueValue(prediction.true),
      wrong: false,
    };
  }
  const said = prediction.predicted?.length ? prediction.predicted.join(", ") : "none of the labels";
  if (prediction.true === null || prediction.true === undefined)
    return { title: `${about}: ${said}`, verdict: "", wrong: false };
  const right = same(prediction.predicted ?? [], prediction.true);
  const truth = prediction.true.length ? prediction.true.join(", ") : "none";
  const labels = prediction.true.length > 1 ? "labels are" : "label is";
  return {
    title: `${about}: ${said}`,
    verdict: right ? "✓ right" : `✗ wrong: the true ${labels} ${truth}`,
    wrong: !right,
  };
}

function answerVerdict(answer) {
  if (!answer) return { title: "No answer logged", verdict: "", wrong: false };
  const title = answer.predicted ? `Answer: ${oneLine(answer.predicted.text)}` : "Answer: none in this text";
  if (answer.gold === null || answer.gold === undefined) return { title, verdict: "", wrong: false };
  const said = answer.predicted;
  const right = said
    ? answer.gold.some((gold) => gold.start === said.start && gold.end === said.end)
    : answer.gold.length === 0;
  const near = !right && said && answer.gold.some((gold) => gold.start < said.end && gold.end > said.start);
  const truth = answer.gold.length
    ? `the true answer is ${oneLine(answer.gold[0].text)}`
    : "this text does not hold the answer";
  return { title, verdict: right ? "✓ right" : `✗ ${near ? "not exact" : "wrong"}: ${truth}`, wrong: !right };
}

function trueValue(value) {
  if (value === null || value === undefined) return "";
  return `true value: ${Array.isArray(value) ? value.join(", ") : value}`;
}

/** Whether two lists hold the same labels. */
function same(one, other) {
  return one.length === other.length && one.every((name) => other.includes(name));
}

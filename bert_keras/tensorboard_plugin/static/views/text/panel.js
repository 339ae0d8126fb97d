// Beside the text: what the model predicts, what it would predict without a word, and the words that count most.

import { css } from "../../drawing/theme.js";
import { decisive, withoutWord } from "./attribution.js";

const NUMBER = 52;

/** Draws the panel with its top at `y`; `word` is the one pointed at or pinned. */
export function drawPanel(painter, scene, layout, y, word) {
  const { theme, record } = scene;
  const { panelX: x, panelWidth: width, panel } = layout;
  if (layout.beside)
    painter.line(x - 24, scene.viewport.y, x - 24, scene.viewport.y + scene.viewport.height, { stroke: theme.grid });
  const without = withoutWord(record, word);
  drawVerdict(painter, theme, record, layout, x, y, width);
  layout.labels.shown.forEach((label, row) => {
    drawLabel(painter, scene, layout, label, without, x, y + panel.barsTop + row * (panel.row + 6), width);
  });
  if (layout.labels.more > 0) {
    const at = y + panel.barsTop + layout.labels.shown.length * (panel.row + 6) + panel.row / 2;
    painter.text(`and ${layout.labels.more} less likely labels`, x, at, { fill: theme.muted, size: layout.small });
  }
  drawWithout(painter, scene, layout, without, word, x, y + panel.withoutTop, width);
  drawRanked(painter, scene, layout, word, x, y, width);
}

/** What is predicted, in words: {title, verdict, wrong}. */
export function verdictOf(record) {
  const { prediction, answer, task } = record.header;
  if (task === "answer") return answerVerdict(answer);
  if (!prediction) return { title: "No prediction logged", verdict: "", wrong: false };
  if (prediction.value !== null && prediction.value !== undefined) {
    return { title: `Predicted value: ${number(prediction.value)}`, verdict: trueValue(prediction.true), wrong: false };
  }
  const said = prediction.predicted?.length ? prediction.predicted.join(", ") : "none of the labels";
  if (prediction.true === null || prediction.true === undefined)
    return { title: `Prediction: ${said}`, verdict: "", wrong: false };
  const right = same(prediction.predicted ?? [], prediction.true);
  const truth = prediction.true.length ? prediction.true.join(", ") : "none";
  const labels = prediction.true.length > 1 ? "labels are" : "label is";
  return {
    title: `Prediction: ${said}`,
    verdict: right ? "✓ right" : `✗ wrong: the true ${labels} ${truth}`,
    wrong: !right,
  };
}

function answerVerdict(answer) {
  if (!answer) return { title: "No answer logged", verdict: "", wrong: false };
  const title = answer.predicted ? `Answer: ${flat(answer.predicted.text)}` : "Answer: none in this text";
  if (answer.gold === null || answer.gold === undefined) return { title, verdict: "", wrong: false };
  const said = answer.predicted;
  const right = said
    ? answer.gold.some((gold) => gold.start === said.start && gold.end === said.end)
    : answer.gold.length === 0;
  const near = !right && said && answer.gold.some((gold) => gold.start < said.end && gold.end > said.start);
  const truth = answer.gold.length
    ? `the true answer is ${flat(answer.gold[0].text)}`
    : "this text does not hold the answer";
  return { title, verdict: right ? "✓ right" : `✗ ${near ? "not exact" : "wrong"}: ${truth}`, wrong: !right };
}

function trueValue(value) {
  if (value === null || value === undefined) return "";
  return `true value: ${Array.isArray(value) ? value.join(", ") : value}`;
}

function drawVerdict(painter, theme, record, layout, x, y, width) {
  const { title, verdict, wrong } = verdictOf(record);
  painter.text(title, x, y + 12, { size: layout.size + 2, weight: 600, maxWidth: width });
  if (!verdict) return;
  const fill = wrong ? against(theme) : theme.muted;
  painter.text(verdict, x, y + 40, { size: layout.small + 1, weight: wrong ? 600 : 400, fill, maxWidth: width });
}

/** A colour for what went wrong that can be read on the background. */
export function against(theme) {
  return theme.name === "dark" ? css(theme.diverging(0.75)) : css(theme.diverging(0.93));
}

function drawLabel(painter, scene, layout, label, without, x, y, width) {
  const { theme, record, other } = scene;
  const { panel, small } = layout;
  const middle = y + panel.row / 2;
  const names = Math.round(width * 0.34);
  const full = width - names - NUMBER - 12;
  const own = record.header.prediction.probabilities[label.place];
  const now = without?.probabilities ? without.probabilities[label.place] : own;
  const before = without?.probabilities ? own : other?.header.prediction?.probabilities?.[label.place];
  const name = label.true ? `${label.label} ◆` : label.label;
  painter.text(name, x, middle, { size: small + 1, weight: label.predicted ? 700 : 400, maxWidth: names - 8 });
  painter.rect(x + names, y + 3, full, panel.row - 6, { fill: theme.surface });
  painter.rect(x + names, y + 3, full * clamped(now), panel.row - 6, {
    fill: label.predicted ? theme.accent : theme.muted,
  });
  if (before !== undefined) {
    painter.rect(x + names, y + 3, Math.max(1, full * clamped(before)), panel.row - 6, {
      stroke: theme.ink,
      lineWidth: 1.5,
    });
  }
  painter.text(number(now, 3), x + width, middle, {
    size: small + 1,
    align: "right",
    weight: label.predicted ? 700 : 400,
  });
}

function drawWithout(painter, scene, layout, without, word, x, y, width) {
  const { theme, record } = scene;
  painter.rect(x, y, width, 54, { fill: theme.surface });
  const inner = { size: layout.small + 1, maxWidth: width - 24 };
  if (without) {
    painter.text(`Without “${textOf(record, word)}”:`, x + 12, y + 17, inner);
    const change = `${without.name} ${number(without.before, 3)} → ${number(without.after, 3)}`;
    const turned = turns(record, without);
    painter.text(turned ? `${change}, so it says ${turned}` : change, x + 12, y + 38, { ...inner, weight: 700 });
  } else if (scene.other) {
    painter.text("Outlined: what it is compared with.", x + 12, y + 27, { ...inner, fill: theme.muted });
  } else if (record.header.masked) {
    painter.text("Point at a word, or walk with the arrow keys, to see", x + 12, y + 17, {
      ...inner,
      fill: theme.muted,
    });
    painter.text("what the model says when that word is masked.", x + 12, y + 38, { ...inner, fill: theme.muted });
  } else if (!record.wordUnits.some((unit) => !unit.special)) {
    painter.text("There is no word to leave out.", x + 12, y + 27, { ...inner, fill: theme.muted });
  } else {
    painter.text("What the model says without a word was not logged.", x + 12, y + 27, { ...inner, fill: theme.muted });
  }
}

/** The label that the model changes to, if it does. */
function turns(record, without) {
  if (!without.probabilities || record.header.task !== "single_label") return null;
  const { labels, probabilities } = record.header.prediction;
  const [before, after] = [largest(probabilities), largest(without.probabilities)];
  return before === after ? null : labels[after];
}

function drawRanked(painter, scene, layout, word, x, y, width) {
  const { theme, record } = scene;
  const { attribution, ranked, panel, small } = layout;
  if (!ranked.length) return;
  const title = attribution.changed ? "Words that changed most" : "Words that count most";
  painter.text(title, x, y + panel.rankedTop + 12, { size: layout.size, weight: 600 });
  const masked = Boolean(record.header.masked) && attribution.method !== "masking";
  const effect = masked ? Math.round(width * 0.22) : 0;
  const names = Math.round(width * 0.34);
  const full = width - names - NUMBER - effect - 12;
  const about = { size: small - 1, fill: theme.muted };
  const { signed } = attribution;
  const place = x + names + (signed ? full / 2 : 0);
  painter.text(scaleWords(attribution), place, y + panel.rankedTop + 38, {
    ...about,
    align: signed ? "center" : "left",
  });
  if (masked) painter.text("when masked", x + width, y + panel.rankedTop + 38, { ...about, align: "right" });
  const most = Math.max(...ranked.map((each) => Math.abs(each.value)), 1e-12);
  ranked.forEach((each, row) => {
    const top = y + panel.rankedRows + row * panel.row;
    const middle = top + panel.row / 2;
    if (each.word === word) painter.rect(x - 6, top, width + 12, panel.row, { fill: theme.surface });
    const weight = each.word === word ? 700 : 400;
    painter.text(textOf(record, each.word), x, middle, { size: small + 1, weight, maxWidth: names - 8 });
    drawBar(painter, theme, each.value / most, attribution.signed, x + names, top + 5, full, panel.row - 10);
    painter.text(number(each.value), x + names + full + NUMBER + 4, middle, { size: small, align: "right" });
    if (masked) drawEffect(painter, theme, withoutWord(record, each.word), small, x + width, middle);
  });
}

/** What the bars' lengths are. */
function scaleWords({ changed, signed, method }) {
  if (changed) return "less ◂ ▸ more";
  if (signed) return "against ◂ ▸ for";
  return method === "masking" ? "fall of the prediction" : "how much";
}

function drawBar(painter, theme, share, signed, x, y, width, height) {
  if (!signed) {
    painter.rect(x, y, Math.max(1, width * share), height, { fill: theme.accent });
    return;
  }
  const middle = x + width / 2;
  const length = Math.max(1, (width / 2) * Math.abs(share));
  painter.line(middle, y - 5, middle, y + height + 5, { stroke: theme.grid });
  const fill = css(theme.diverging(share >= 0 ? -0.62 : 0.62));
  painter.rect(share >= 0 ? middle : middle - length, y, length, height, { fill });
}

function drawEffect(painter, theme, without, size, right, middle) {
  if (!without) return;
  const change = without.after - without.before;
  const shown = number(Math.abs(change), 3);
  const text = Number(shown) === 0 ? "±0" : `${change > 0 ? "+" : "−"}${shown}`;
  painter.text(text, right, middle, { size, align: "right", fill: Math.abs(change) >= 0.1 ? theme.ink : theme.muted });
}

/** The row of the ranked list at a place, or null. */
export function rankedAt(layout, top, x, y) {
  if (x < layout.panelX - 6 || x > layout.panelX + layout.panelWidth + 6) return null;
  const row = Math.floor((y - top - layout.panel.rankedRows) / layout.panel.row);
  return layout.ranked[row] ?? null;
}

/** A word as it stands in its text. */
export function textOf(record, word) {
  const tokens = record.tokens.filter((token) => token.word === word && !token.special);
  return tokens.length ? flat(record.slice(tokens[0].text, tokens[0].start, tokens.at(-1).end)) : "";
}

/** The rank of a word, from 1. */
export function rankOf(record, attribution, word) {
  return decisive(record, attribution).findIndex((each) => each.word === word) + 1;
}

/** A probability: three digits, and what is less than they can say. */
export function probability(value) {
  return value > 0 && value < 0.0005 ? "< 0.001" : number(value, 3);
}

/** A number as it is read: two or three digits that say something. */
export function number(value, digits = null) {
  if (!Number.isFinite(value)) return "–";
  if (digits !== null) return value.toFixed(digits).replace("-", "−");
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.00001) return value.toExponential(0).replaceAll("-", "−");
  const places =
    size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : Math.min(6, 1 - Math.floor(Math.log10(size)));
  return value.toFixed(places).replace("-", "−");
}

function flat(text) {
  return String(text).replace(/\s+/g, " ").trim();
}

function clamped(value) {
  return Math.max(0, Math.min(1, value));
}

function largest(values) {
  return values.reduce((best, value, place) => (value > values[best] ? place : best), 0);
}

function same(one, other) {
  return one.length === other.length && one.every((name) => other.includes(name));
}

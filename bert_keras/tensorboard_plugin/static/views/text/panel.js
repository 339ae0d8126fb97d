// The panel beside the text: the prediction, the prediction without a word, and the words that count most.

import { css } from "../../drawing/theme.js";
import { drawVerdict } from "../../drawing/verdict.js";
import { decimal, probability } from "../../records/numbers.js";
import { oneLine, placeOfLargest } from "../../records/record.js";
import { decisive } from "./attribution.js";
import { withoutWord } from "./masking.js";

const NUMBER = 52;

/** Draws the panel with its top at `y`; `word` is the word under the pointer or the pinned one. */
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
  painter.text(name, x, middle, {
    size: small + 1,
    weight: label.predicted ? 700 : 400,
    maxWidth: names - 8,
    cut: "middle",
  });
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
  painter.text(probability(now), x + width, middle, {
    size: small + 1,
    align: "right",
    weight: label.predicted ? 700 : 400,
  });
}

function drawWithout(painter, scene, layout, without, word, x, y, width) {
  const { theme, record } = scene;
  painter.rect(x, y, width, 54, { fill: theme.surface });
  const inner = { size: layout.small + 1, maxWidth: width - 24, cut: "middle" };
  if (without) {
    const turned = turns(record, without);
    const said = turned ? ` it says ${turned}` : ":";
    painter.text(`Without “${textOf(record, word)}”${said}`, x + 12, y + 17, inner);
    const change = `${without.name} ${decimal(without.before, 3)} → ${decimal(without.after, 3)}`;
    painter.text(change, x + 12, y + 38, { ...inner, weight: 700 });
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
    const why = record.header.left_out?.masked ?? "What the model says without a word is not known.";
    painter.text(why, x + 12, y + 27, { ...inner, fill: theme.muted });
  }
}

/** Returns the label that the prediction changes to without a word; null where it does not change. */
function turns(record, without) {
  if (!without.probabilities || record.header.task !== "single_label") return null;
  const { labels, probabilities } = record.header.prediction;
  const [before, after] = [placeOfLargest(probabilities), placeOfLargest(without.probabilities)];
  return before === after ? null : labels[after];
}

function drawRanked(painter, scene, layout, word, x, y, width) {
  const { theme, record } = scene;
  const { attribution, ranked, panel, small } = layout;
  if (!ranked.length) return;
  const what = attribution.ranked ? "Sentences" : "Words";
  const title = attribution.changed ? `${what} that changed most` : `${what} that count most`;
  painter.text(title, x, y + panel.rankedTop + 12, { size: layout.size, weight: 600 });
  const masked = Boolean(record.header.masked) && attribution.method !== "masking" && !attribution.ranked;
  const effect = masked ? Math.round(width * 0.22) : 0;
  const names = Math.round(width * (attribution.ranked ? 0.55 : 0.34));
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
    const label = each.label ?? textOf(record, each.word);
    painter.text(label, x, middle, { size: small + 1, weight, maxWidth: names - 8 });
    drawBar(painter, theme, each.value / most, attribution.signed, x + names, top + 5, full, panel.row - 10);
    painter.text(decimal(each.value), x + names + full + NUMBER + 4, middle, { size: small, align: "right" });
    if (masked) drawEffect(painter, theme, withoutWord(record, each.word), small, x + width, middle);
  });
}

/** Returns the caption of the bars. */
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
  const fill = css(theme.diverging(share >= 0 ? 0.62 : -0.62));
  painter.rect(share >= 0 ? middle : middle - length, y, length, height, { fill });
}

function drawEffect(painter, theme, without, size, right, middle) {
  if (!without) return;
  const change = without.after - without.before;
  const shown = decimal(Math.abs(change), 3);
  const text = Number(shown) === 0 ? "±0" : `${change > 0 ? "+" : "−"}${shown}`;
  painter.text(text, right, middle, { size, align: "right", fill: Math.abs(change) >= 0.1 ? theme.ink : theme.muted });
}

/** Returns the label whose bar is at a position, as {label: its place}, or null. */
export function labelAt(layout, top, x, y) {
  if (x < layout.panelX || x > layout.panelX + layout.panelWidth) return null;
  const row = Math.floor((y - top - layout.panel.barsTop) / (layout.panel.row + 6));
  const label = layout.labels.shown[row];
  return label ? { label: label.place } : null;
}

/** Returns a label with its whole name, its probability and what is known of it. */
export function labelInWords(record, layout, place) {
  const { labels, probabilities } = record.header.prediction;
  const { predicted, true: correct } = layout.labels.shown.find((each) => each.place === place);
  const known = [predicted && "predicted", correct && "true label"].filter(Boolean).join(", ");
  return `${labels[place]}: ${decimal(probabilities[place], 3)}${known ? `\n${known}` : ""}`;
}

/** Returns the ranked word at a position in the list, or null. */
export function rankedAt(layout, top, x, y) {
  if (x < layout.panelX - 6 || x > layout.panelX + layout.panelWidth + 6) return null;
  const row = Math.floor((y - top - layout.panel.rankedRows) / layout.panel.row);
  return layout.ranked[row] ?? null;
}

/** Returns a word as it is in its text, on one line. */
export function textOf(record, word) {
  const tokens = record.tokens.filter((token) => token.word === word && !token.special);
  return tokens.length ? oneLine(record.slice(tokens[0].text, tokens[0].start, tokens.at(-1).end)) : "";
}

/** Returns the rank of a word, from 1. */
export function rankOf(record, attribution, word) {
  return decisive(record, attribution).findIndex((each) => each.word === word) + 1;
}

function clamped(value) {
  return Math.max(0, Math.min(1, value));
}

// The panel beside the context: the answer, the odds of "no answer", and the best spans.

import { drawVerdict } from "../../drawing/verdict.js";
import { decimal, probability } from "../../records/numbers.js";
import { listed } from "./layout.js";

/** Draws the panel with its top at `y`; `candidate` is the span under the pointer or the chosen one. */
export function drawList(painter, scene, layout, y, candidate) {
  const { theme, record } = scene;
  const { panelX: x, panelWidth: width, panel, small, size } = layout;
  drawVerdict(painter, theme, record, layout, x, y, width);
  drawOdds(painter, theme, record.header.answer, layout, x, y + panel.odds, width);
  painter.text("Best spans", x, y + panel.list + 6, { size, weight: 600 });
  painter.text("probability", x + width, y + panel.list + 6, { size: small - 1, fill: theme.muted, align: "right" });
  const { n_best: spans, gold } = record.header.answer;
  const [first, last] = listed(scene, layout);
  for (let place = first; place < last; place++) {
    const span = spans[place];
    const top = y + panel.rows + (place - first) * panel.row;
    if (place === candidate) painter.rect(x - 8, top, width + 16, panel.row, { fill: theme.surface });
    const right = gold?.some((each) => each.start === span.start && each.end === span.end) ?? false;
    drawSpan(painter, theme, layout, span, place, right, x, top, width, place === candidate);
  }
  if (last - first < spans.length) {
    const more = `${first + 1} to ${last} of ${spans.length}; the arrow keys walk through all`;
    const below = y + panel.rows + (last - first) * panel.row + small;
    painter.text(more, x + 26, below, { size: small - 1, fill: theme.muted, maxWidth: width - 26 });
  }
  const none = { size: small, fill: theme.muted, maxWidth: width };
  if (!spans.length) painter.text("No span was possible: the context is empty.", x, y + panel.rows + 16, none);
}

function drawSpan(painter, theme, layout, span, place, right, x, top, width, marked) {
  const { small, panel } = layout;
  const middle = top + panel.row * 0.4;
  painter.text(`${place + 1}`, x + 16, middle, { size: small, fill: theme.muted, align: "right" });
  const text = `${right ? "◆ " : ""}${span.text.replace(/\s+/g, " ")}`;
  painter.text(text, x + 26, middle, {
    size: small + 1,
    weight: marked || place === 0 ? 700 : 400,
    maxWidth: width - 26 - 64,
  });
  painter.text(probability(span.score), x + width, middle, { size: small + 1, align: "right" });
  const under = top + panel.row - 7;
  painter.rect(x + 26, under, width - 26, 3, { fill: theme.grid, alpha: 0.6 });
  painter.rect(x + 26, under, Math.max(1, (width - 26) * Math.max(0, Math.min(1, span.score))), 3, {
    fill: theme.accent,
  });
}

/** Draws the odds of "no answer" against the best span, in words and as a point on a line with the threshold. */
function drawOdds(painter, theme, answer, layout, x, y, width) {
  const { small } = layout;
  painter.rect(x, y - 14, width, 74, { fill: theme.surface });
  const inner = { size: small, maxWidth: width - 24 };
  for (const [row, line] of oddsInWords(answer).entries()) {
    const style = row === 0 ? { fill: theme.ink, weight: 600 } : { fill: theme.muted };
    painter.text(line, x + 12, y + 4 + row * 19, { ...inner, ...style });
  }
  const threshold = answer.null_threshold;
  if (threshold === null || threshold === undefined) return;
  const reach = Math.max(4, Math.abs(answer.null_odds - threshold) * 1.2);
  const place = (odds) => x + 12 + ((width - 24) * (odds - threshold + reach)) / (2 * reach);
  painter.line(x + 12, y + 46, x + width - 12, y + 46, { stroke: theme.grid, lineWidth: 3 });
  painter.line(place(threshold), y + 39, place(threshold), y + 53, { stroke: theme.ink, lineWidth: 2 });
  painter.rect(place(answer.null_odds) - 4, y + 42, 8, 8, { fill: theme.accent });
}

/** Returns two short lines on whether the reader gives an answer, and why. */
function oddsInWords(answer) {
  const odds = decimal(answer.null_odds);
  if (answer.null_threshold === null || answer.null_threshold === undefined) {
    return ["This reader always answers", `odds of “no answer” beside the best span: ${odds}, unused`];
  }
  const threshold = decimal(answer.null_threshold);
  const above = answer.null_odds > answer.null_threshold;
  const [no, yes] = [
    "It gives no answer: its odds are above the threshold",
    "It answers: odds of “no answer” are below the threshold",
  ];
  return [above ? no : yes, `odds ${odds} (square), threshold ${threshold} (line)`];
}

/** Returns the number of the span at a position in the list, or null. */
export function spanAt(scene, layout, top, x, y) {
  if (x < layout.panelX - 8 || x > layout.panelX + layout.panelWidth + 8) return null;
  const row = Math.floor((y - top - layout.panel.rows) / layout.panel.row);
  const [first, last] = listed(scene, layout);
  return row >= 0 && row < last - first ? first + row : null;
}

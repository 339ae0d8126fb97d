// The head of the answer view: the question, and a strip of the whole context with its probabilities and windows.

import { CURVE, alongStrip, headShift } from "./layout.js";

/** Returns the colours of start and end probabilities. */
export function sideColours(theme) {
  return { start: theme.starts, end: theme.ends };
}

/** Draws question, strip and legend, which stay visible above the scrolled context. */
export function drawHead(painter, scene, layout) {
  const { theme, record } = scene;
  const shift = headShift(scene, layout);
  painter.rect(0, shift, layout.width, layout.headHeight - 6, { fill: theme.background });
  painter.text("QUESTION", layout.margin, shift + 20, { size: layout.small - 2, weight: 600, fill: theme.muted });
  const { question } = layout;
  const top = shift + layout.margin + 10;
  question.draw(
    painter,
    layout.margin,
    top,
    question.lineHeight * 0.68,
    { y: top, height: question.height },
    () => theme.ink,
  );
  drawCurves(painter, theme, record, layout, shift);
  drawWindows(painter, scene, layout, shift);
  drawSight(painter, scene, layout, shift);
  drawLegend(painter, theme, record, layout, shift + layout.strip.bottom + 16);
  if (shift > 0)
    painter.line(0, shift + layout.headHeight - 6, layout.width, shift + layout.headHeight - 6, { stroke: theme.grid });
}

/** Returns the height of a probability's bar, 0 to 1: the square root, so that small probabilities are visible. */
export function height(probability) {
  return Math.sqrt(Math.max(0, Math.min(1, probability)));
}

/** Draws start probabilities upwards, end probabilities downwards, the largest per pixel, and the answers between. */
function drawCurves(painter, theme, record, layout, shift) {
  const { answer } = record.header;
  const base = layout.strip.base + shift;
  const colours = sideColours(theme);
  const [left, right] = [layout.margin, layout.margin + layout.stripWidth];
  painter.rect(left, base - CURVE, layout.stripWidth, 2 * CURVE, { fill: theme.surface });
  for (const [side, points, sign] of [
    ["start", answer.token_starts, -1],
    ["end", answer.token_ends, 1],
  ]) {
    const bins = new Map();
    answer[`${side}_probabilities`].forEach((probability, token) => {
      const bin = Math.min(right - 2, Math.round(alongStrip(record, layout, points[token])));
      bins.set(bin, Math.max(bins.get(bin) ?? 0, probability));
    });
    for (const [x, probability] of bins) {
      const tall = CURVE * height(probability);
      if (tall >= 0.5) painter.rect(x, sign < 0 ? base - tall : base, 2, tall, { fill: colours[side] });
    }
  }
  painter.line(left, base, right, base, { stroke: theme.muted });
  for (const gold of answer.gold ?? [])
    markSpan(painter, theme, record, layout, gold, base, { stroke: theme.ink, lineWidth: 1.5 });
  if (answer.predicted) markSpan(painter, theme, record, layout, answer.predicted, base, { fill: theme.accent });
}

function markSpan(painter, theme, record, layout, { start, end }, base, style) {
  const x = alongStrip(record, layout, start);
  const width = Math.max(5, alongStrip(record, layout, end) - x);
  const grow = style.stroke ? 3 : 0;
  painter.rect(x - grow, base - 4 - grow, width + 2 * grow, 8 + 2 * grow, style);
}

/** Draws a bar for each window: the one that the other views show in the accent colour, the chosen one outlined. */
function drawWindows(painter, scene, layout, shift) {
  const { theme, record, state, hover } = scene;
  const { answer } = record.header;
  answer.windows.forEach((window, number) => {
    const { x, y, width } = windowBox(record, layout, number, shift);
    const shown = number === answer.shown;
    painter.rect(x, y, width, layout.strip.rowHeight, {
      fill: shown ? theme.accent : theme.muted,
      alpha: shown ? 1 : 0.45,
    });
    const marked = number === state.window || number === hover?.window;
    if (marked) painter.rect(x - 1, y - 1, width + 2, layout.strip.rowHeight + 2, { stroke: theme.ink, lineWidth: 2 });
  });
}

function windowBox(record, layout, number, shift) {
  const { start, end } = record.header.answer.windows[number];
  const x = alongStrip(record, layout, start);
  const y = layout.strip.windowsTop + shift + layout.strip.rows[number] * (layout.strip.rowHeight + 3);
  return { x, y, width: Math.max(3, alongStrip(record, layout, end) - x) };
}

/** Marks the part of the context that is visible below. */
function drawSight(painter, scene, layout, shift) {
  const { theme, record } = scene;
  const top = scene.viewport.y + (layout.beside && shift === scene.viewport.y ? layout.headHeight : 0) - layout.textTop;
  const [first, last] = layout.flow.visible(
    Math.max(0, top),
    scene.viewport.y + scene.viewport.height - layout.textTop,
  );
  if (last <= first || last - first >= layout.flow.lines.length) return;
  const x = alongStrip(record, layout, layout.flow.lines[first].start);
  const until = alongStrip(record, layout, layout.flow.lines[last - 1].end);
  painter.rect(x, layout.strip.base + shift - CURVE - 3, until - x, 2 * CURVE + 6, {
    stroke: theme.muted,
    lineWidth: 1,
  });
}

function drawLegend(painter, theme, record, layout, y) {
  const { answer } = record.header;
  const colours = sideColours(theme);
  const style = { size: layout.small - 1, fill: theme.muted };
  const items = [
    ["may start", { fill: colours.start }],
    ["may end", { fill: colours.end }],
  ];
  items.push(["answer", { fill: theme.accent, alpha: 0.6 }]);
  if (answer.gold?.length) items.push(["true answer", { stroke: theme.ink, lineWidth: 1.5 }]);
  const count = answer.windows.length;
  const shown = `window ${answer.shown + 1} of ${count} is the one of the other views`;
  const windows = count === 1 ? "the context fits into one window" : shown;
  items.push([windows, { fill: theme.accent }]);
  const right = layout.margin + layout.stripWidth;
  let x = layout.margin;
  for (const [label, mark] of items) {
    const width = 20 + painter.measure(label, style);
    if (x + width > right && x > layout.margin) [x, y] = [layout.margin, y + 15]; // a second line, on a narrow screen
    painter.rect(x, y - 5, 14, 10, mark);
    painter.text(label, x + 20, y, { ...style, maxWidth: right - x - 20 });
    x += width + 22;
  }
  const note = "heights: square root of the probability";
  const room = right - x;
  if (painter.measure(note, style) <= room)
    painter.text(note, right, y, { ...style, align: "right" });
}

/** Returns the number of the window at a position in the strip, or null. */
export function windowAt(scene, layout, x, y) {
  const { record } = scene;
  const shift = headShift(scene, layout);
  const { windows } = record.header.answer;
  if (x < layout.margin - 2 || x > layout.margin + layout.stripWidth + 2) return null;
  const near = windows.findIndex((_, number) => {
    const box = windowBox(record, layout, number, shift);
    return x >= box.x && x <= box.x + box.width && y >= box.y - 2 && y <= box.y + layout.strip.rowHeight + 1;
  });
  return near < 0 ? null : near;
}

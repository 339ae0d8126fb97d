// The marks in the running text: entities with their types, and masks with their likeliest tokens.

import { headColor } from "../../drawing/theme.js";
import { decimal, percent } from "../../records/numbers.js";
import { oneLine, shortName } from "../../records/record.js";

const GAP = 6; // pixels between two labels of a line
const MISSED = "missed: ";

/**
 * @typedef {object} Mark
 * @property {number} number Its index among the marks of the record.
 * @property {{x: number, y: number, width: number, right: boolean}[]} lines Where the text is underlined; `right`:
 *   whether it is read from the right there.
 * @property {{text: string, x: number, y: number, width: number}} label
 */

/** Returns whether a record has marks, for which its lines need room. */
export function hasMarks({ header }) {
  return Boolean(header.marks?.length);
}

/**
 * Returns where the marks of a text are drawn.
 * @param {(string: string) => number} measure The width of a label.
 * @returns {Mark[]}
 */
export function placedMarks(record, block, { margin, size, textWidth }, measure) {
  const marks = block.text === 0 ? (record.header.marks ?? []) : [];
  const under = Math.round((block.flow.lineHeight + size * 1.4) / 2) + 3;
  const placed = marks.map((mark, number) => {
    const boxes = block.flow.boxes(mark.start, mark.end);
    const lines = boxes.map(({ x, y, width, right }) => ({ x: margin + x, y: block.y + y + under, width, right }));
    return { mark, number, lines };
  });
  const visible = placed.filter(({ lines }) => lines.length);
  const taken = visible.map(({ lines }) => lines[0]);
  return visible.map(({ mark, number, lines: [first, ...more] }) => {
    const [from, to] = roomOf(first, taken, [margin, margin + textWidth]);
    const texts = labelsOf(mark);
    const text = texts.find((each) => measure(each) <= to - from) ?? texts.at(-1);
    const width = Math.min(to - from, measure(text));
    const label = { text, x: first.right ? to - width : from, y: first.y + 9, width };
    taken.push({ ...label, y: first.y });
    return { number, lines: [first, ...more], label };
  });
}

/** Returns where a label may begin and end: from the first letter on, in the direction in which it is read. */
function roomOf({ x, y, width, right }, taken, [start, end]) {
  const beside = taken.filter((each) => each.y === y);
  if (right) {
    const before = beside.filter((each) => each.x < x).map((each) => each.x + each.width + GAP);
    return [Math.max(start, ...before), x + width];
  }
  return [x, Math.min(end, ...beside.filter((each) => each.x > x).map((each) => each.x - GAP))];
}

/** Returns what may stand under a mark, the longest first. */
function labelsOf({ label, score, state }) {
  const name = `${state === "missed" ? MISSED : ""}${shortName(oneLine(label))}`;
  const end = state === "wrong" ? " ✗" : "";
  const whole = score === null ? [] : [`${name} ${percent(score)}${end}`];
  return [...whole, name + end];
}

/** Draws the marks; the one that is explained is thick. */
export function drawMarks(painter, scene, layout) {
  const { theme, record } = scene;
  for (const { number, lines, label } of layout.marks) {
    const mark = record.header.marks[number];
    const chosen = mark.decision !== null && mark.decision === record.decision;
    const stroke = colourOf(theme, record, mark);
    const dash = mark.state === "missed" || mark.state === "none" ? [3, 3] : [];
    for (const { x, y, width } of lines)
      painter.line(x, y, x + width, y, { stroke, lineWidth: chosen ? 4 : 2, dash });
    painter.text(label.text, label.x, label.y + (chosen ? 1 : 0), {
      size: layout.small - 2,
      weight: chosen ? 700 : 400,
      fill: chosen ? theme.ink : theme.muted,
      maxWidth: label.width,
    });
  }
}

/** Returns the colour of a type of entity, which is also named wherever it is used. */
function colourOf(theme, record, { label, state }) {
  if (record.header.task !== "tags") return theme.accent;
  if (state === "none") return theme.muted;
  return headColor(theme, Math.max(0, record.header.prediction.labels.indexOf(label)));
}

/** Returns the mark whose line or label is at a position, as {mark: its number}, or null. */
export function markAt({ marks, small }, x, y) {
  const on = ({ lines, label }) =>
    lines.some((line) => x >= line.x && x <= line.x + line.width && Math.abs(y - line.y) <= 3) ||
    (x >= label.x && x <= label.x + label.width && Math.abs(y - label.y) <= small / 2);
  const found = marks.find(on);
  return found ? { mark: found.number } : null;
}

/** Returns a mark in words: what is marked, what is true there, and whether it is explained. */
export function markInWords(record, number) {
  const mark = record.header.marks?.[number];
  if (!mark) return "";
  const { start, end, label, score, state, decision } = mark;
  const said = state === "missed" ? `${label}, which was not found` : `${label} ${decimal(score, 3)}`;
  const truth = mark.true !== null && state === "wrong" ? [`true: ${mark.true}`] : [];
  const explained = decision === record.decision ? "The colours are for this" : "Click to see what this hangs on";
  const about = decision === null ? (record.header.left_out?.marks ?? "") : explained;
  return [`“${oneLine(record.slice(0, start, end))}”: ${said}`, ...truth, about].filter(Boolean).join("\n");
}

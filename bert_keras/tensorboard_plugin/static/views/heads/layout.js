// The layout of the head view: two columns of tokens, the chips of the heads, and the panel.
import { axesOf } from "../../drawing/axes.js";

export const BAND = 48;
const CHIP = 24;
const LOWEST_ROW = 19;
const HIGHEST_ROW = 30;
const MARGIN = 16;
const LABEL = { size: 13 };
const WIDEST_LABEL = 190;
const CELL = 7;

/**
 * @typedef {object} HeadsLayout
 * @property {import("../../records/record.js").Unit[]} rows The left column, which attends.
 * @property {import("../../records/record.js").Unit[]} columns The right column, which is attended to.
 * @property {Map<number, number>} rowAt The index in `rows` by place.
 * @property {Map<number, number>} columnAt The index in `columns` by place.
 * @property {number} row The height of a row.
 * @property {number} from The right edge of the left labels.
 * @property {number} to The left edge of the right labels.
 * @property {number} cell The width of a head's cell beside a label.
 * @property {number} labels The width of a column of labels.
 * @property {number} panel The width of the panel; 0 for none.
 */

const layouts = new WeakMap();

/**
 * Returns the layout of a scene.
 * @param {object} scene
 * @param {(string: string, options: object) => number} measure Returns the width of a text.
 * @returns {HeadsLayout}
 */
export function headsLayout(scene, measure) {
  const { rows, columns } = axesOf(scene);
  const labels = Math.min(WIDEST_LABEL, Math.ceil(widest(scene.units, measure)) + 4);
  const panel = scene.size.width >= 860 ? Math.min(340, Math.round(scene.size.width * 0.27)) : 0;
  const { heads } = scene.record;
  const cell = Math.max(3, Math.min(CELL, Math.floor(112 / heads)));
  const strip = cell * heads + 10;
  const room = scene.size.width - panel - 2 * (MARGIN + 22 + strip + labels);
  const gap = Math.max(170, Math.min(room, 620));
  const left = MARGIN + 22 + strip + Math.max(0, Math.round((room - gap) / 2));
  const count = Math.max(rows.length, columns.length, 1);
  const row = Math.max(LOWEST_ROW, Math.min(HIGHEST_ROW, Math.floor((scene.size.height - BAND - 14) / count)));
  const from = left + labels;
  const to = from + gap;
  return {
    rows,
    columns,
    rowAt: placed(rows),
    columnAt: placed(columns),
    labels,
    panel,
    cell,
    strip,
    row,
    from,
    to,
    left,
    width: to + labels + strip + 22 + MARGIN + panel,
    height: BAND + count * row + 14,
  };
}

/** Returns the y coordinate of the middle of a row. */
export function middle({ row }, index) {
  return BAND + 4 + (index + 0.5) * row;
}

/** Returns a head's offset from the middle of a row, so that lines between the same tokens are side by side. */
export function shift({ row }, index, count) {
  return count < 2 ? 0 : (index / (count - 1) - 0.5) * (row - 9);
}

/** Returns the boxes of the heads' chips and of the chip for all, which stay at the top of the visible part. */
export function chips(scene) {
  const { viewport, record, size } = scene;
  const start = MARGIN + 104;
  const room = size.width - start - 60;
  const width = Math.max(14, Math.min(CHIP, Math.floor(room / record.heads) - 4));
  const y = viewport.y + (BAND - CHIP) / 2;
  const all = Array.from({ length: record.heads }, (_, head) => ({
    head,
    x: viewport.x + start + head * (width + 4),
    y,
    width,
    height: CHIP,
  }));
  const end = all.at(-1).x + width + 10;
  return {
    title: { x: viewport.x + MARGIN, y: y + CHIP / 2 },
    heads: all,
    every: { x: end, y, width: 34, height: CHIP },
  };
}

/** Returns the thing at a position: a head's chip, or a token in one of the columns. */
export function thingAt(scene, layout, x, y) {
  const band = chips(scene);
  if (y < scene.viewport.y + BAND) {
    const chip = band.heads.find((each) => inside(each, x, y));
    if (chip) return { kind: "head", head: chip.head };
    return inside(band.every, x, y) ? { kind: "all" } : null;
  }
  if (layout.panel && x > scene.viewport.x + scene.viewport.width - layout.panel) return null;
  const index = Math.floor((y - BAND - 4) / layout.row);
  const side = x < (layout.from + layout.to) / 2 ? "from" : "to";
  const unit = (side === "from" ? layout.rows : layout.columns)[index];
  return unit ? { kind: "token", side, place: unit.place } : null;
}

function inside({ x, y, width, height }, px, py) {
  return px >= x && px < x + width && py >= y && py < y + height;
}

function placed(units) {
  return new Map(units.map((unit, index) => [unit.place, index]));
}

function widest(units, measure) {
  if (!layouts.has(units)) layouts.set(units, Math.max(20, ...units.map((unit) => measure(unit.label, LABEL))));
  return layouts.get(units);
}

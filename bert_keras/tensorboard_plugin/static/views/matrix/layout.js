// The layout of the matrix view: rows, columns and labels of the matrix, and the panel beside it.
import { axesOf } from "../../drawing/axes.js";
import { remembered } from "../../drawing/remembered.js";

/**
 * @typedef {{rows: object[], columns: object[], key: string, cell: number, left: number, top: number, right: number,
 *   bottom: number, panel: number, contentWidth: number, contentHeight: number}} MatrixLayout
 *   `left`, `top`, `right` and `bottom` bound the cells; `panel` is the width of the panel, 0 for none.
 */

export const HEADER = 44;
export const MOST_ZOOM = 16;
const PANEL = 300;
const PADDING = 16;
const LONGEST_LABEL = 120;
const LEGEND = 560; // the width of the line above the matrix

/**
 * Returns the layout of a scene; at zoom 1 the matrix fits the visible area, unless cells would be below a pixel.
 * @param {object} scene
 * @returns {MatrixLayout}
 */
export const matrixLayout = remembered((scene) => {
  const { size, state } = scene;
  const axes = axesOf(scene);
  const left = 28 + labelWidth(axes.rows);
  const top = HEADER + 26 + labelWidth(axes.columns);
  const panel = size.width >= 860 ? PANEL : 0;
  const wide = (size.width - left - panel - PADDING) / Math.max(axes.columns.length, 1);
  const high = (size.height - top - PADDING) / Math.max(axes.rows.length, 1);
  const fitted = Math.max(1, Math.min(wide, high, 44));
  const zoomed = fitted * Math.max(1, Math.min(state.zoom, MOST_ZOOM));
  const cell = zoomed > 5 ? Math.floor(zoomed) : zoomed;
  const right = left + axes.columns.length * cell;
  const bottom = top + axes.rows.length * cell;
  const contentWidth = panel ? Math.max(right + PADDING, LEGEND) + panel : right + PADDING;
  return { ...axes, cell, left, top, right, bottom, panel, contentWidth, contentHeight: bottom + PADDING };
});

/** Returns the room for the longest label, estimated, so that it is the same in every browser. */
function labelWidth(units) {
  const longest = Math.max(0, ...units.map(({ label }) => textWidth(label)));
  return Math.max(50, Math.min(Math.ceil(longest), LONGEST_LABEL));
}

function textWidth(label) {
  let width = 0;
  for (const character of label) width += character.codePointAt(0) > 0x2e80 ? 13 : 7.2;
  return width;
}

/**
 * Returns the left edge of the panel: at the right edge of the visible part, or beside a small matrix.
 * @param {MatrixLayout} layout
 * @param {{x: number, width: number}} viewport
 * @returns {number}
 */
export function panelLeft({ right, panel }, viewport) {
  return Math.min(viewport.x + viewport.width - panel, Math.max(right + PADDING, LEGEND));
}

/**
 * Returns the cell at a position.
 * @param {MatrixLayout} layout
 * @param {{x: number, y: number, width: number}} viewport
 * @param {number} x
 * @param {number} y
 * @returns {{row: number, column: number} | null} Indices in the rows and columns that are shown.
 */
export function cellAt(layout, viewport, x, y) {
  const hidden = x < viewport.x + layout.left || y < viewport.y + layout.top || x > panelLeft(layout, viewport);
  if (hidden || x < layout.left || y < layout.top || x >= layout.right || y >= layout.bottom) return null;
  return { row: Math.floor((y - layout.top) / layout.cell), column: Math.floor((x - layout.left) / layout.cell) };
}

/**
 * Returns the rows and columns that are visible, wholly or in part.
 * @param {MatrixLayout} layout
 * @param {{x: number, y: number, width: number, height: number}} viewport
 * @returns {{firstRow: number, lastRow: number, firstColumn: number, lastColumn: number}} The last is one past.
 */
export function inSight(layout, viewport) {
  const { cell, rows, columns, panel } = layout;
  const last = (end, count) => Math.max(0, Math.min(count, Math.ceil(end / cell)));
  return {
    firstRow: Math.max(0, Math.floor(viewport.y / cell)),
    lastRow: last(viewport.y + viewport.height - layout.top, rows.length),
    firstColumn: Math.max(0, Math.floor(viewport.x / cell)),
    lastColumn: last(viewport.x + viewport.width - panel - layout.left, columns.length),
  };
}

/**
 * Returns the cell that a key leads to.
 * @param {MatrixLayout} layout
 * @param {{row: number, column: number}} at
 * @param {string} key
 * @returns {{row: number, column: number} | null} Null where the key leads nowhere.
 */
export function neighbour({ rows, columns }, at, key) {
  const last = { row: rows.length - 1, column: columns.length - 1 };
  const steps = {
    ArrowLeft: { column: at.column - 1 },
    ArrowRight: { column: at.column + 1 },
    ArrowUp: { row: at.row - 1 },
    ArrowDown: { row: at.row + 1 },
    Home: { column: 0 },
    End: { column: last.column },
    PageUp: { row: at.row - 10 },
    PageDown: { row: at.row + 10 },
  };
  if (!(key in steps)) return null;
  const next = { ...at, ...steps[key] };
  return { row: within(next.row, last.row), column: within(next.column, last.column) };
}

function within(place, last) {
  return Math.max(0, Math.min(place, last));
}

// The layout of the grid view: its cells by layer and head, or ranked by value.

/** @typedef {{layer: number, head: number, rank: number, x: number, y: number}} Cell */
/**
 * @typedef {{cells: Cell[], left: number, top: number, width: number, height: number, columns: number, ranked: boolean,
 *   thumb: number, border: number, caption: "right" | "below" | "none", contentWidth: number,
 *   contentHeight: number}} GridLayout
 *   `width` and `height`: of a cell without its gap. `thumb`: the side of a cell's small picture.
 */

const GAP = 4;
export const HEADER = 44;
const LABELS = 22;
const GUTTER = 62;
const PADDING = 12;

/**
 * Returns a layout whose cells all fit the visible area, unless they would be too small.
 * @param {{width: number, height: number}} size The size of the visible area.
 * @param {number[][]} values [layers][heads].
 * @param {boolean} ranked Whether cells are ordered by value, the highest first, instead of by layer and head.
 * @param {number} zoom By what factor cells are larger than fits.
 * @returns {GridLayout}
 */
export function gridLayout(size, values, ranked, zoom) {
  const layers = values.length;
  const heads = values[0].length;
  const left = ranked ? PADDING : GUTTER;
  const top = HEADER + (ranked ? 4 : LABELS);
  const room = { width: size.width - left - PADDING, height: size.height - top - PADDING };
  const columns = ranked ? rankedColumns(room, layers * heads) : heads;
  const rows = Math.ceil((layers * heads) / columns);
  const fitted = clamped(room.height / rows - GAP, 38, 200);
  const height = fitted * zoom;
  const width = clamped(room.width / columns - GAP, ranked ? 88 : 44, Math.max(100, 2.5 * fitted)) * zoom;
  const cells = placed(values, ranked).map(({ layer, head }, rank) => {
    const column = ranked ? rank % columns : head;
    const row = ranked ? Math.floor(rank / columns) : layer;
    return { layer, head, rank, x: left + column * (width + GAP), y: top + row * (height + GAP) };
  });
  return {
    cells,
    left,
    top,
    width,
    height,
    columns,
    ranked,
    ...captioned(width, height),
    contentWidth: left + columns * (width + GAP) + PADDING,
    contentHeight: top + rows * (height + GAP) + PADDING,
  };
}

/** Returns a number of columns with which cells are about three by two, and the last row is full if possible. */
function rankedColumns(room, count) {
  const most = Math.max(1, Math.floor(room.width / (88 + GAP)));
  const good = Math.min(most, Math.round(Math.sqrt((count * room.width) / (Math.max(room.height, 1) * 1.5))));
  const near = [good, good - 1, good + 1, good - 2, good + 2].filter((columns) => columns > 0 && columns <= most);
  const even = near.find((columns) => count % columns === 0);
  return clamped(even ?? good, Math.min(4, most), most);
}

function placed(values, ranked) {
  const cells = values.flatMap((row, layer) => row.map((value, head) => ({ layer, head, value })));
  return ranked ? cells.sort((a, b) => b.value - a.value || a.layer - b.layer || a.head - b.head) : cells;
}

/** Places the caption where it leaves more room for the thumbnail. */
function captioned(width, height) {
  const border = clamped(height * 0.08, 4, 6);
  const right = Math.min(height - 2 * border, width - 2 * border - 44);
  const below = Math.min(width - 2 * border, height - border - 19);
  if (Math.max(right, below) < 24) return { border, caption: "none", thumb: Math.min(width, height) - 2 * border };
  return right >= below ? { border, caption: "right", thumb: right } : { border, caption: "below", thumb: below };
}

/**
 * Returns the cell at a position.
 * @param {GridLayout} layout
 * @param {number} x
 * @param {number} y
 * @returns {Cell | null}
 */
export function cellAt(layout, x, y) {
  const inside = (cell) => x >= cell.x && x < cell.x + layout.width && y >= cell.y && y < cell.y + layout.height;
  return layout.cells.find(inside) ?? null;
}

/**
 * Returns the cell that an arrow key leads to.
 * @param {GridLayout} layout
 * @param {Cell} cell
 * @param {string} key The key of a keyboard event.
 * @returns {Cell | null} Null where the key is no arrow.
 */
export function neighbour(layout, cell, key) {
  const steps = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -layout.columns,
    ArrowDown: layout.columns,
    Home: -Infinity,
    End: Infinity,
  };
  if (!(key in steps)) return null;
  const place = layout.cells.indexOf(cell);
  const next = place + steps[key];
  if (!Number.isFinite(next)) return next < 0 ? layout.cells[0] : layout.cells[layout.cells.length - 1];
  return layout.cells[next] ?? cell;
}

function clamped(value, least, most) {
  return Math.max(least, Math.min(value, most));
}

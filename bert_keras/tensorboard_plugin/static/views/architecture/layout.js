// The layout of the architecture view: the model's blocks, and the tables of its parameters beside or below them.
import { embeddingsOf, partsOf } from "./model_sizes.js";

/** @typedef {{thing: object, x: number, y: number, width: number, height: number}} Item */
/**
 * @typedef {{items: Item[], rows: Item[][], tower: {x: number, width: number},
 *   table: {x: number, y: number, width: number}, headings: {y: number, text: string}[], tokens: number, width: number,
 *   height: number}} ArchitectureLayout
 *   `rows`: the blocks from the top, each with its parts, in the order of the arrow keys. `tokens`: how many are shown.
 */

export const MARGIN = 16;
export const HEADER = 44;
export const ARROW = 10;
export const LAYER_LABEL = 70;
const LAYER_COUNT = 66;
const TOKEN_WIDTH = 26;
export const CAPTION = 14;
export const BARS = 46;
const TOKENS_HEIGHT = CAPTION + BARS + 68;
const BLOCK = 28;
const TWO_COLUMNS = 1000;
const LINE = 21;

/**
 * Returns the layout of the view.
 * @param {{width: number, height: number}} size The size of the visible area.
 * @param {object} record
 * @returns {ArchitectureLayout}
 */
export function architectureLayout(size, record) {
  const beside = size.width >= TWO_COLUMNS;
  const full = Math.max(size.width, 420) - 2 * MARGIN;
  const tower = { x: MARGIN, width: beside ? Math.min(Math.round(full * 0.54), 1200) : full };
  const { rows, bottom, tokens } = towerRows(tower, size.height, record);
  const table = beside
    ? { x: tower.x + tower.width + 36, y: MARGIN, width: Math.min(full - tower.width - 36, 860) }
    : { x: MARGIN, y: bottom + 30, width: full };
  const { items, headings, end } = tableItems(table, record.header.model.architecture);
  return {
    items: [...rows.flat(), ...items],
    rows,
    tower,
    table,
    headings,
    tokens,
    width: beside ? table.x + table.width + MARGIN : full + 2 * MARGIN,
    height: Math.max(bottom, end) + MARGIN,
  };
}

/** Returns the blocks from the output at the top to the tokens at the bottom. */
function towerRows({ x, width }, height, record) {
  const { architecture } = record.header.model;
  const { pooler, pooling } = architecture;
  const blocks = ["output", "head", ...(pooler ? ["pooler"] : []), ...(pooling === "unit_mean" ? ["unit_mean"] : [])];
  const fixed = HEADER + (blocks.length + 2) * (BLOCK + ARROW) + TOKENS_HEIGHT + MARGIN;
  const layerHeight = Math.max(28, Math.min((height - fixed) / record.layers - ARROW, 64));
  const rows = [];
  let y = HEADER;
  const add = (row, tall) => {
    rows.push(row);
    y += tall + ARROW;
  };
  for (const block of blocks) add([{ thing: { block }, x, y, width, height: BLOCK }], BLOCK);
  for (let layer = record.layers - 1; layer >= 0; layer--) {
    add(layerRow({ x, y, width, height: layerHeight }, layer, record.heads), layerHeight);
  }
  add([{ thing: { block: "norm" }, x, y, width, height: BLOCK - 6 }], BLOCK - 6);
  add(embeddingRow(x, y, width, embeddingsOf(architecture)), BLOCK + 6);
  const places = tokenRow(x, y, width, record);
  rows.push(places);
  return { rows, bottom: y + TOKENS_HEIGHT, tokens: places.length };
}

/** Returns the items of a layer: the layer, its heads, its feed-forward part. */
function layerRow(box, layer, heads) {
  const inner = box.width - LAYER_LABEL - LAYER_COUNT;
  const forward = Math.round(inner * 0.34);
  const attention = inner - forward - 22;
  const step = attention / heads;
  const gap = step > 12 ? 3 : 1;
  const cells = Array.from({ length: heads }, (_, head) => ({
    thing: { block: "cell", layer, head },
    x: box.x + LAYER_LABEL + head * step,
    y: box.y + 5,
    width: step - gap,
    height: box.height - 10,
  }));
  const side = { x: box.x + LAYER_LABEL + attention + 18, y: box.y + 5, width: forward, height: box.height - 10 };
  return [{ thing: { block: "layer", layer }, ...box }, ...cells, { thing: { block: "feed_forward", layer }, ...side }];
}

function embeddingRow(x, y, width, names) {
  const gap = 26;
  const each = (width - (names.length - 1) * gap) / names.length;
  return names.map((name, place) => ({
    thing: { block: `${name}_embedding` },
    x: x + place * (each + gap),
    y,
    width: each,
    height: BLOCK + 6,
  }));
}

function tokenRow(x, y, width, record) {
  const most = Math.max(1, Math.floor(width / TOKEN_WIDTH));
  const shown = record.header.inputs ? record.tokens.slice(0, most) : [];
  const step = Math.min(width / Math.max(shown.length, 1), 64);
  return shown.map(({ place }) => ({
    thing: { block: "token", place },
    x: x + place * step,
    y,
    width: step,
    height: TOKENS_HEIGHT,
  }));
}

/** Returns the lines of the tables: the parts of the model, the parts of one layer, and the models compared. */
function tableItems({ x, y, width }, architecture) {
  const items = [];
  const headings = [];
  let line = y;
  const section = (text, things, tall) => {
    headings.push({ y: line + 12, text });
    line += 28;
    for (const thing of things) {
      items.push({ thing, x, y: line, width, height: tall });
      line += tall;
    }
    line += 15;
  };
  const parts = partsOf(architecture.parameters, architecture.num_layers);
  const layerParts = Object.keys(architecture.parameters.layer);
  section(
    "All parameters, by block",
    parts.map(({ key }) => ({ block: "part", key })),
    LINE,
  );
  section(
    "In each layer",
    layerParts.map((key) => ({ block: "layer_part", key })),
    LINE - 2,
  );
  section(
    "Beside BERT-base and BERT-large, on one scale",
    [0, 1, 2].map((place) => ({ block: "size", place })),
    44,
  );
  return { items, headings, end: line };
}

/**
 * Returns the innermost block at a position.
 * @param {ArchitectureLayout} layout
 * @param {number} x
 * @param {number} y
 * @returns {Item | null}
 */
export function itemAt({ items }, x, y) {
  return (
    items.findLast((item) => x >= item.x && x < item.x + item.width && y >= item.y && y < item.y + item.height) ?? null
  );
}

/**
 * Returns the item of a thing.
 * @param {ArchitectureLayout} layout
 * @param {object | null} thing
 * @returns {Item | null}
 */
export function itemOf({ items }, thing) {
  const name = JSON.stringify(thing);
  return items.find((item) => JSON.stringify(item.thing) === name) ?? null;
}

/**
 * Returns the block that a key leads to: up and down go through the model, left and right through a block's parts.
 * @param {ArchitectureLayout} layout
 * @param {object | null} thing
 * @param {string} key
 * @returns {object | null} A thing; null where the key is no arrow.
 */
export function neighbour({ rows }, thing, key) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (!(key in steps)) return null;
  const name = JSON.stringify(thing);
  const row = rows.findIndex((items) => items.some((item) => JSON.stringify(item.thing) === name));
  if (row < 0) return rows[0][0].thing;
  const column = rows[row].findIndex((item) => JSON.stringify(item.thing) === name);
  const [down, right] = steps[key];
  const next = rows[Math.max(0, Math.min(row + down, rows.length - 1))];
  const like = down && next.length !== rows[row].length ? 0 : column + right;
  return (next[Math.max(0, Math.min(like, next.length - 1))] ?? rows[row][column]).thing;
}

// The panel beside the matrix: the strongest cells of the row and of the column under the pointer, as bars.
import { css } from "../../drawing/theme.js";
import { weightText } from "../../records/numbers.js";
import { panelLeft } from "./layout.js";
import { ranked } from "./values.js";

const LINE = 20;
const LABEL = 116;
const NUMBER = 52;
const HINT = [
  "Point at a cell: the strongest of its row",
  "and of its column are listed here.",
  "Click or press Enter to pin a row.",
];

/**
 * Draws the panel at the right edge of the visible part.
 * @param {object} painter
 * @param {object} scene
 * @param {import("./layout.js").MatrixLayout} layout
 * @param {{from: object | null, to: object | null, pinned: boolean, value: (from: number, to: number) => number,
 *   colours: object}} focus
 */
export function drawPanel(painter, scene, layout, focus) {
  const { theme, viewport } = scene;
  const x = panelLeft(layout, viewport);
  const box = { x: x + 8, y: viewport.y + 8, width: layout.panel - 20 };
  painter.rect(x, viewport.y, layout.panel, viewport.height, { fill: theme.background });
  const frame = (height) => painter.rect(box.x, box.y, box.width, height, { fill: theme.surface, stroke: theme.grid });
  const inner = { x: box.x + 14, width: box.width - 28 };
  if (!focus.from) {
    frame(78);
    HINT.forEach((line, place) =>
      painter.text(line, inner.x, box.y + 20 + place * 19, { fill: theme.muted, size: 12 }),
    );
    return;
  }
  const room = Math.floor((viewport.height - 112) / LINE);
  const most = Math.min(20, Math.max(1, focus.to ? Math.floor(room / 2) : room));
  const lists = [
    {
      title: `From “${focus.from.label}”${focus.pinned ? " (pinned)" : ""} to`,
      entries: ranked(layout.columns, (unit) => focus.value(focus.from.place, unit.place), most),
    },
  ];
  if (focus.to) {
    const entries = ranked(layout.rows, (unit) => focus.value(unit.place, focus.to.place), most);
    lists.push({ title: `To “${focus.to.label}” from`, entries });
  }
  frame(lists.reduce((height, { entries }) => height + entries.length * LINE + 46, 0));
  let y = box.y + 22;
  for (const { title, entries } of lists) y = drawBars(painter, theme, inner, y, title, entries, focus) + 24;
}

function drawBars(painter, theme, { x, width }, y, title, entries, { colours, from, to }) {
  painter.text(title, x, y, { fill: theme.ink, size: 13, weight: 600, maxWidth: width });
  const most = Math.max(...entries.map(({ value }) => Math.abs(value)), 1e-9);
  const room = width - LABEL - NUMBER;
  entries.forEach(({ unit, value }, place) => {
    const middle = y + 22 + place * LINE;
    const chosen = unit === from || unit === to;
    const look = { fill: chosen ? theme.ink : theme.muted, weight: chosen ? 600 : 400, size: 12 };
    painter.text(unit.label, x, middle, { ...look, maxWidth: LABEL - 8 });
    const length = Math.max(1, (Math.abs(value) / most) * room);
    painter.rect(x + LABEL, middle - 6, length, 12, { fill: css(colours.of(value)), stroke: theme.grid });
    painter.text(weightText(value), x + width, middle, { fill: theme.ink, size: 12, align: "right" });
  });
  return y + 22 + entries.length * LINE;
}

// The chips of the heads above the lines of the head view, and the list of the strongest weights beside them.
import { css, headColor, inkOn, rgbOf } from "../../drawing/theme.js";
import { BAND, chips } from "./layout.js";
import { chosenHeads, every } from "./links.js";
import { weightColour, writtenWeight } from "./weight_look.js";

const LINE = 21;

/** Draws the chips over everything else, at the top of the visible part. */
export function drawBand(painter, scene) {
  const { theme, viewport, state } = scene;
  const { title, heads, every: all } = chips(scene);
  painter.rect(viewport.x, viewport.y, viewport.width, BAND - 6, { fill: theme.background });
  painter.line(viewport.x, viewport.y + BAND - 6, viewport.x + viewport.width, viewport.y + BAND - 6, {
    stroke: theme.grid,
  });
  painter.text(`Layer ${state.layer}, heads`, title.x, title.y - 3, { size: 13, fill: theme.muted });
  const chosen = new Set(chosenHeads(scene));
  for (const { head, x, y, width, height } of heads) {
    const on = chosen.has(head);
    const color = headColor(theme, head);
    painter.rect(x, y - 3, width, height, {
      fill: on ? color : theme.background,
      stroke: color,
      lineWidth: scene.hover?.head === head ? 2.5 : 1.25,
    });
    painter.text(head, x + width / 2, y - 2 + height / 2, {
      align: "center",
      size: 12,
      weight: 600,
      fill: on ? inkOn(rgbOf(color)) : theme.muted,
    });
  }
  const everyone = state.heads === null;
  painter.rect(all.x, all.y - 3, all.width, all.height, {
    stroke: theme.grid,
    fill: everyone ? theme.surface : theme.background,
  });
  if (scene.signed) drawSigns(painter, scene, all);
  painter.text("all", all.x + all.width / 2, all.y - 2 + all.height / 2, {
    align: "center",
    size: 12,
    fill: everyone ? theme.muted : theme.ink,
  });
}

/** Draws the legend of a difference's two colours. */
function drawSigns(painter, { theme, viewport, size }, all) {
  if (size.width < 720) return;
  const y = all.y + all.height / 2 - 3;
  const signs = [
    [0.7, "more attention than at the second"],
    [-0.7, "less"],
  ];
  let x = Math.max(all.x + all.width + 24, viewport.x + viewport.width - 330);
  for (const [sign, meaning] of signs) {
    painter.rect(x, y - 2, 20, 4, { fill: css(theme.diverging(sign)) });
    painter.text(meaning, x + 27, y, { size: 12, fill: theme.muted });
    x += 27 + painter.measure(meaning, { size: 12 }) + 18;
  }
}

/**
 * Draws the list at the right edge of the visible part.
 * @param {{weights: object, links: object[], focus: object|null}} shown `links`: those drawn as
 *   lines, weakest first.
 */
export function drawPanel(painter, scene, layout, { weights, links, focus }) {
  const { theme, viewport } = scene;
  const left = viewport.x + viewport.width - layout.panel;
  const top = viewport.y + BAND + 6;
  painter.rect(left - 8, viewport.y, layout.panel + 8, viewport.height, { fill: theme.background });
  const height = Math.min(viewport.height, scene.size.height) - BAND - 20;
  painter.rect(left, top, layout.panel - 14, height, { fill: theme.surface, stroke: theme.grid });
  const inner = { x: left + 14, width: layout.panel - 42 };
  const room = Math.max(0, Math.floor((height - 58) / LINE));
  const all = focus ? every(weights, layout, chosenHeads(scene), focus, 0) : links;
  painter.text(titleOf(scene, focus), inner.x, top + 20, { size: 13, weight: 600, maxWidth: inner.width });
  const shown = all.slice(-Math.min(room, 40)).reverse();
  shown.forEach((link, place) => drawLine(painter, scene, inner, top + 46 + place * LINE, link, focus));
  if (!shown.length)
    painter.text("No weight so large: lower “Weights from”.", inner.x, top + 46, {
      fill: theme.muted,
      size: 12,
      maxWidth: inner.width,
    });
}

function titleOf(scene, focus) {
  if (!focus) return scene.signed ? "Largest changes in this layer" : "Strongest in this layer";
  const { label } = scene.record.allUnits(scene.state)[focus.place];
  const pinned = scene.state.token === focus.place && focus.side === "from" ? " (pinned)" : "";
  return focus.side === "from" ? `From “${label}”${pinned} to` : `To “${label}” from`;
}

function drawLine(painter, scene, { x, width }, y, { head, from, to, weight }, focus) {
  const { theme } = scene;
  const units = scene.record.allUnits(scene.state);
  const color = headColor(theme, head);
  painter.rect(x, y - 8, 22, 16, { fill: color });
  painter.text(head, x + 11, y + 0.5, { align: "center", size: 11, weight: 600, fill: inkOn(rgbOf(color)) });
  const label = focus ? units[focus.side === "from" ? to : from].label : `${units[from].label} → ${units[to].label}`;
  const bar = focus ? Math.round(width * 0.3) : 0;
  painter.text(label, x + 32, y, { size: 13, maxWidth: width - 32 - 58 - bar });
  if (bar) {
    const fill = weightColour(scene, head, weight);
    painter.rect(x + width - 52 - bar, y - 5, Math.max(1, (bar - 6) * Math.min(1, Math.abs(weight))), 10, { fill });
  }
  painter.text(writtenWeight(scene, weight), x + width, y, { align: "right", size: 13 });
}

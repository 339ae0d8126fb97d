// A legend: a bar of colours with the numbers of its two ends.

const STEPS = 64;

/**
 * Draws a horizontal bar of colours, a title before it, and the numbers of its ends beside it.
 * @param {object} painter
 * @param {object} theme
 * @param {{x: number, y: number, width: number, title: string, low: string, high: string,
 *   maxWidth?: number, colour: (part: number) => number[]}} legend
 *   `x` is its left edge, `y` its middle; a title that would pass `maxWidth` is cut in its middle; `colour` maps
 *   0 (low) to 1 (high) to [red, green, blue].
 * @returns {number} The right edge.
 */
export function drawLegend(painter, theme, { x, y, width, maxWidth, title, low, high, colour }) {
  const small = { fill: theme.muted, size: 12, baseline: "middle" };
  let place = x;
  if (title) {
    const ends = painter.measure(low, { size: 12 }) + painter.measure(high, { size: 12 });
    const room = maxWidth === undefined ? undefined : Math.max(0, maxWidth - ends - width - 24);
    const style = { fill: theme.ink, size: 13, weight: 600, baseline: "middle", maxWidth: room, cut: "middle" };
    painter.text(title, place, y, style);
    place += Math.min(painter.measure(title, style), room ?? Infinity) + 12;
  }
  painter.text(low, place, y, small);
  place += painter.measure(low, { size: 12 }) + 6;
  painter.image(pixels(colour), place, y - 5, width, 10);
  painter.rect(place, y - 5, width, 10, { stroke: theme.grid, lineWidth: 1 });
  place += width + 6;
  painter.text(high, place, y, small);
  return place + painter.measure(high, { size: 12 });
}

function pixels(colour) {
  const data = new Uint8ClampedArray(STEPS * 4);
  for (let step = 0; step < STEPS; step++) data.set([...colour(step / (STEPS - 1)), 255], step * 4);
  return { width: STEPS, height: 1, data };
}

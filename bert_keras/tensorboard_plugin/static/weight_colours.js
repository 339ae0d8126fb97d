// The colours of attention weights, by their square root: most weights are small (and the log stores them so).

/** @type {WeakMap<object, {[signed: string]: object}>} */
const tables = new WeakMap();

/**
 * Gives the colours of weights.
 * @param {object} theme
 * @param {boolean} signed
 * @returns {{put: (data: Uint8ClampedArray, offset: number, weight: number) => void, of: (weight: number) => number[]}}
 */
export function weightColours(theme, signed) {
  if (!tables.has(theme)) tables.set(theme, {});
  const found = tables.get(theme);
  found[signed] ??= colourTable(signed ? theme.diverging : theme.sequential, signed);
  return found[signed];
}

function colourTable(colour, signed) {
  const steps = 255;
  const lowest = signed ? -steps : 0;
  const colours = [];
  for (let step = lowest; step <= steps; step++) colours.push(colour(step / steps));
  const bytes = Uint8Array.from(colours.flat());
  const placed = (weight) => {
    const size = Math.min(Math.round(Math.sqrt(Math.abs(weight)) * steps), steps);
    return (signed && weight < 0 ? -size : size) - lowest;
  };
  return {
    of: (weight) => colours[placed(weight)],
    put: (data, offset, weight) => {
      const at = placed(weight) * 3;
      data[offset] = bytes[at];
      data[offset + 1] = bytes[at + 1];
      data[offset + 2] = bytes[at + 2];
      data[offset + 3] = 255;
    },
  };
}

// The colours of attention weights, on a square-root scale, since most weights are small.

const STEPS = 255;

/** @type {WeakMap<object, {[choice: string]: object}>} */
const tables = new WeakMap();

/**
 * Returns the colours of weights.
 * @param {object} theme
 * @param {boolean} signed Whether the weights are differences.
 * @param {number} most The weight that has the full colour.
 * @returns {{name: string, put: (data: Uint8ClampedArray, offset: number, weight: number) => void,
 *   of: (weight: number) => number[]}} `put` writes RGBA at an offset, `of` returns [red, green, blue].
 */
export function weightColours(theme, signed, most = 1) {
  if (!tables.has(theme)) tables.set(theme, {});
  const found = tables.get(theme);
  found[signed] ??= bytesOf(signed ? theme.diverging : theme.sequential, signed);
  return { name: `${theme.name}/${signed}/${most}`, ...colourTable(found[signed], signed, most) };
}

function bytesOf(colour, signed) {
  const colours = [];
  for (let step = signed ? -STEPS : 0; step <= STEPS; step++) colours.push(colour(step / STEPS));
  return Uint8Array.from(colours.flat());
}

function colourTable(bytes, signed, most) {
  const placed = (weight) => {
    const size = Math.min(Math.round(Math.sqrt(Math.abs(weight) / most) * STEPS), STEPS);
    return signed ? STEPS + (weight < 0 ? -size : size) : size;
  };
  return {
    of: (weight) => Array.from(bytes.subarray(placed(weight) * 3, placed(weight) * 3 + 3)),
    put: (data, offset, weight) => {
      const at = placed(weight) * 3;
      data[offset] = bytes[at];
      data[offset + 1] = bytes[at + 1];
      data[offset + 2] = bytes[at + 2];
      data[offset + 3] = 255;
    },
  };
}

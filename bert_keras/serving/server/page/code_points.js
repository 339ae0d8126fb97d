// Offsets of the models count code points; those of JavaScript's strings count UTF-16 units.

/**
 * Returns the parts of a text before, in and behind a span.
 * @param {string} text
 * @param {number} start The first code point.
 * @param {number} end One past the last code point.
 * @returns {[string, string, string]}
 */
export function cut(text, start, end) {
  const first = unitAt(text, start);
  const last = unitAt(text, end);
  return [text.slice(0, first), text.slice(first, last), text.slice(last)];
}

/** Returns the index, in UTF-16 units, of a code point. */
function unitAt(text, point) {
  let unit = 0;
  for (let passed = 0; passed < point && unit < text.length; passed++) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  return unit;
}

/** Returns the number of code points of a text. */
export function pointCount(text) {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

// How numbers are written, in pictures and around them.

/**
 * Writes a number with three significant digits.
 * @param {number} value
 * @returns {string}
 */
export function shortNumber(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size < 0.0001 || size >= 100_000) return sign + size.toExponential(1).replace("e-", "e−").replace("e+", "e");
  if (size < 0.01) return sign + size.toFixed(4);
  if (size < 1) return sign + size.toFixed(3);
  return sign + (size < 10 ? size.toFixed(2) : size < 100 ? size.toFixed(1) : size.toFixed(0));
}

/**
 * Writes a number with a fixed number of decimals.
 * @param {number} value
 * @param {number | null} digits Decimals; null for as many as show two or three significant digits.
 * @returns {string}
 */
export function decimal(value, digits = null) {
  if (!Number.isFinite(value)) return "–";
  if (digits !== null) return value.toFixed(digits).replace("-", "−");
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.00001) return value.toExponential(0).replaceAll("-", "−");
  const places =
    size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : Math.min(6, 1 - Math.floor(Math.log10(size)));
  return value.toFixed(places).replace("-", "−");
}

/**
 * Writes a number with a given number of significant digits, below 0.001 as a power of ten.
 * @param {number} value
 * @param {number} digits
 * @returns {string}
 */
export function significant(value, digits = 2) {
  if (value === 0) return "0";
  return Math.abs(value) < 1e-3
    ? value.toExponential(Math.max(0, digits - 1)).replace("e-", "e−")
    : Number(value.toPrecision(digits)).toString();
}

/**
 * Writes a probability with three decimals; one that would round to zero as "< 0.001".
 * @param {number} value
 * @returns {string}
 */
export function probability(value) {
  return value > 0 && value < 0.0005 ? "< 0.001" : decimal(value, 3);
}

/**
 * Writes a share of 1 in percent, with one decimal.
 * @param {number} share
 * @returns {string}
 */
export function percent(share) {
  return `${(100 * share).toFixed(1).replace("-", "−")} %`;
}

/**
 * Writes an attention weight with the digits that its one byte holds: two decimals, of a weight below 0.01 one digit.
 * @param {number} weight Also a difference of two.
 * @returns {string}
 */
export function weightText(weight) {
  const size = Math.abs(weight);
  if (size < 5e-6) return "0";
  const sign = weight < 0 ? "−" : "";
  return sign + (size < 0.01 ? size.toFixed(Math.min(5, -Math.floor(Math.log10(size)))) : size.toFixed(2));
}

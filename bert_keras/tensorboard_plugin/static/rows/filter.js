// The rows that a run has predicted: which of them pass a filter, and in which order.

/**
 * @typedef {{place: number, split: string, text: string, pair: string|null, true: string, predicted: string,
 *   probability: number|null, wrong: boolean, length: number, low: string, key: string}} Row
 *   `length`: in characters, of both texts. `low`: what is searched, in lower case. `key`: by
 *   which its nearest training rows are asked for.
 * @typedef {{text: string, which: "all"|"wrong"|"right", true: string, predicted: string, sure: number[],
 *   length: number[], sort: string, down: boolean, within: Set<Row>|null}} Choice
 *   `sure` and `length`: the lowest and the highest that pass; `sort`: a key of a row; `down`: the highest first;
 *   `within`: the rows that were chosen elsewhere, null for all.
 */

export const EVERYTHING = Object.freeze({
  text: "",
  which: "all",
  true: "",
  predicted: "",
  sure: [0, 1],
  length: [0, Infinity],
  sort: "place",
  down: false,
  within: null,
});

/** Returns rows from what the server sends: [split, text, pair, true, predicted, probability, wrong, key]. */
export function rowsOf(sent) {
  return sent.map(([split, text, pair, truth, predicted, probability, wrong, key], place) => {
    const low = `${text}\n${pair ?? ""}`.toLowerCase();
    const length = Array.from(text).length + Array.from(pair ?? "").length;
    return { place, split, text, pair, true: truth, predicted, probability, wrong, length, low, key };
  });
}

/**
 * Returns the rows that pass, in order.
 * @param {Row[]} rows
 * @param {Choice} choice
 * @returns {Row[]}
 */
export function chosenRows(rows, choice) {
  const words = choice.text.toLowerCase();
  const passed = rows.filter((row) => passes(row, choice) && (!words || row.low.includes(words)));
  if (choice.sort === "place" && !choice.down) return passed;
  const sign = choice.down ? -1 : 1;
  const compare = COMPARERS[typeof (passed[0]?.[choice.sort] ?? 0)];
  return passed.sort((one, other) => {
    const [a, b] = [one[choice.sort], other[choice.sort]];
    if (a === null || b === null) return (a === null) - (b === null) || one.place - other.place;
    return sign * compare(a, b) || one.place - other.place;
  });
}

const collator = new Intl.Collator("en", { numeric: true });
const COMPARERS = {
  string: (a, b) => collator.compare(a, b),
  number: (a, b) => a - b,
  boolean: (a, b) => Number(a) - Number(b),
};

function passes(row, { within, which, true: truth, predicted, sure, length }) {
  if (within && !within.has(row)) return false;
  if (which !== "all" && row.wrong !== (which === "wrong")) return false;
  if (truth && row.true !== truth) return false;
  if (predicted && row.predicted !== predicted) return false;
  if (row.probability !== null && (row.probability < sure[0] || row.probability > sure[1])) return false;
  return row.length >= length[0] && row.length <= length[1];
}

/** Returns the names that rows have under a key, the most frequent first, each with its number of rows. */
export function countsOf(rows, key) {
  const counts = new Map();
  for (const row of rows) counts.set(row[key], (counts.get(row[key]) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1] || collator.compare(one[0], other[0]));
}

// How broad and how far each head looks: the statistics of `bert_keras.insight.head_statistics`.

/**
 * Returns the means over the rows of each head's matrix, each [layers][heads].
 * @param {number[][][][]} attention [layers][heads][tokens][tokens]
 * @param {number} tokens The number of tokens without padding.
 * @param {number[]} separators The places of the special tokens behind the first.
 * @returns {Object<string, number[][]>}
 */
export function headStatistics(attention, tokens, separators) {
  const of = (measure) => attention.map((heads) => heads.map((rows) => mean(rows.slice(0, tokens), measure)));
  const within = (measure) => (row, from) => measure(row.slice(0, tokens), from);
  return {
    entropy: of(within((row) => sum(row, (weight) => (weight > 0 ? -weight * Math.log(weight) : 0)))),
    distance: of(within((row, from) => sum(row, (weight, to) => weight * Math.abs(from - to)))),
    cls: of((row) => row[0]),
    sep: of((row) => separators.reduce((total, to) => total + row[to], 0)),
    previous: of((row, from) => (from > 0 ? row[from - 1] : null)),
    next: of((row, from) => (from < tokens - 1 ? row[from + 1] : null)),
  };
}

/** Returns the mean of a measure over the rows that have one. */
function mean(rows, measure) {
  const values = rows.map(measure).filter((value) => value !== null);
  return sum(values, (value) => value) / Math.max(1, values.length);
}

function sum(values, of) {
  return values.reduce((total, value, place) => total + of(value, place), 0);
}

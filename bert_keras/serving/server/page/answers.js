// The answers of models, in the form in which the page shows them.

/**
 * @typedef {object} Label
 * @property {string} name
 * @property {number} probability
 * @property {boolean} chosen
 */

/**
 * Returns the labels of a prediction, the most probable first.
 * @param {object} row
 * @returns {Label[]}
 */
export function labelsOf(row) {
  const chosen = (name, place) => (row.chosen ? row.chosen[place] : name === row.label);
  const labels = row.labels.map((name, place) => {
    return { name, probability: row.probabilities[place], chosen: chosen(name, place) };
  });
  return labels.sort((one, other) => other.probability - one.probability);
}

/** Returns the label of a prediction, several of them with commas, or what there is instead. */
export function labelText(row) {
  const names = labelsOf(row)
    .filter(({ chosen }) => chosen)
    .map(({ name }) => name);
  return names.length ? names.join(", ") : "no label";
}

/**
 * @typedef {object} Span
 * @property {string} text
 * @property {number} start The first code point in the document.
 * @property {number} end One past the last code point.
 * @property {number} score
 */

/**
 * Returns the n best spans of an answer, best first; a span that overlaps a better one is left out.
 * @param {object} row
 * @returns {Span[]}
 */
export function spansOf(row) {
  const kept = [];
  row.answers.forEach((text, place) => {
    const span = { text, start: row.starts[place], end: row.ends[place], score: row.scores[place] };
    // A span has at least one code point; an end of 0 means that there is no further span.
    if (span.end > 0 && !kept.some((better) => span.start < better.end && better.start < span.end)) kept.push(span);
  });
  return kept;
}

/** Returns the answer of a reader as a span; null for "no answer". */
export function answerOf(row) {
  return row.end > 0 ? { text: row.answer, start: row.start, end: row.end, score: row.score } : null;
}

/** Returns the entities of a text, in order, without the padding behind them. */
export function entitiesOf(row) {
  return row.entities
    .slice(0, row.count)
    .map((text, place) => ({
      text,
      label: row.labels[place],
      start: row.starts[place],
      end: row.ends[place],
      score: row.scores[place],
    }));
}

/** Returns a probability in percent; one that is nearly 0 or 1 as such. */
export function percent(share) {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share >= 0.9995 && share < 1) return "> 99.9 %";
  return `${(100 * share).toFixed(1)} %`;
}

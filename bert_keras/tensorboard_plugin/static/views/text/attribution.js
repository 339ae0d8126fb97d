// The attributions of tokens and words by each method, and the model's output with a word masked.

const ORDER = ["raw", "rollout", "gradient", "norm", "integrated_gradients"];
const MASKING = "masking";

/**
 * @typedef {object} Attribution
 * @property {string} method
 * @property {string} title
 * @property {string} paper
 * @property {string} note
 * @property {number[]} values One per token.
 * @property {number[]} words One per word.
 * @property {boolean} signed Whether values may be negative: against the prediction, or less than before.
 * @property {boolean} changed Whether values are differences from another record.
 * @property {number} layer The layer whose values are shown, from 0.
 * @property {number} layers The number of layers with values; 1 where the method has one value for the whole model.
 * @property {number|null} correlation The rank correlation with raw attention.
 */

/** Returns the methods of a record as options of a control. */
export function methodOptions(record) {
  const methods = record.header.methods ?? {};
  const options = ORDER.filter((method) => methods[method]).map((method) => ({
    value: method,
    label: methods[method].title,
  }));
  if (record.header.masked?.words.length) options.push({ value: MASKING, label: "Masking, word by word" });
  return options;
}

/** Returns the state's method; where the record lacks it, gradients, integrated gradients, or the first that it has. */
export function methodOf(record, state) {
  const there = methodOptions(record).map((option) => option.value);
  return [state.method, "gradient", "integrated_gradients", ...there].find((method) => there.includes(method)) ?? null;
}

/** Returns the number of layers that a method has values for. */
export function layersOf(record, method) {
  return method === null || method === MASKING ? 1 : record.header.methods[method].values.length;
}

/** Returns the layer to show: the last one by default, which for rollout and gradients stands for the whole model. */
export function depthOf(record, state) {
  const last = layersOf(record, methodOf(record, state)) - 1;
  return state.depth === null || state.depth === undefined ? last : Math.max(0, Math.min(last, state.depth));
}

/**
 * Returns the attribution that a scene shows: of one record, or the difference from another with the same tokens.
 * @returns {Attribution|null} Null where no method was logged.
 */
export function attributionOf({ record, other, state }) {
  const found = computed(record, state);
  const before = other && found ? computed(other, state) : null;
  if (!before || before.method !== found.method || before.values.length !== found.values.length) return found;
  const values = found.values.map((value, place) => value - before.values[place]);
  const words = found.words.map((value, word) => value - before.words[word]);
  const title = `Change of ${found.title[0].toLowerCase()}${found.title.slice(1)}`;
  return { ...found, title, values, words, signed: true, changed: true };
}

function computed(record, state) {
  const method = methodOf(record, state);
  if (method === null) return null;
  const made = method === MASKING ? masking(record) : logged(record, method, depthOf(record, state));
  made.words = byWord(record, made.values, method !== MASKING);
  made.signed = record.tokens.some((token) => !token.special && made.values[token.place] < 0);
  made.changed = false;
  return made;
}

/** Returns the words' values in each layer, [layers][words]. */
export function valuesOfLayers(record, method) {
  return record.header.methods[method].values.map((values) => byWord(record, values, true));
}

function logged(record, method, layer) {
  const { title, paper, note, values, rank_correlation: ranks } = record.header.methods[method];
  const correlation =
    method === "raw" || !record.header.methods.raw ? null : (ranks?.[Math.min(layer, ranks.length - 1)] ?? null);
  return { method, title, paper, note: note ?? "", values: values[layer], layer, layers: values.length, correlation };
}

/** Returns by how much the prediction falls when a word is replaced by [MASK]. */
function masking(record) {
  const { masked } = record.header;
  const values = new Array(record.tokens.length).fill(0);
  const effect = new Map(masked.words.map((word) => [word, withoutWord(record, word)]));
  for (const token of record.tokens) {
    const without = effect.get(token.word);
    if (without && !token.special) values[token.place] = without.before - without.after;
  }
  const raw = record.header.methods?.raw?.values.at(-1);
  const places = record.tokens.filter((token) => !token.special).map((token) => token.place);
  const correlation = raw
    ? spearman(
        places.map((place) => Math.abs(values[place])),
        places.map((place) => raw[place]),
      )
    : null;
  const note =
    "By how much the prediction falls when the word's pieces are replaced by [MASK]. " +
    "Words that stand in for each other hide each other.";
  return { method: MASKING, title: "Masking, word by word", paper: "", note, values, layer: 0, layers: 1, correlation };
}

function byWord(record, values, summed) {
  const words = [];
  for (const token of record.tokens) {
    if (token.special) continue;
    words[token.word] = summed ? (words[token.word] ?? 0) + values[token.place] : values[token.place];
  }
  return words;
}

/** Returns the words of a record, each with its first token and its range of code points. */
export function wordsOf(record) {
  const words = [];
  for (const token of record.tokens) {
    if (token.special) continue;
    const word = (words[token.word] ??= {
      word: token.word,
      text: token.text,
      first: token.place,
      start: token.start,
      end: token.end,
    });
    word.end = token.end;
  }
  return words;
}

/** Returns the words by absolute value, the largest first. */
export function decisive(record, attribution) {
  return wordsOf(record)
    .map((word) => ({ ...word, value: attribution.words[word.word] }))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
}

/**
 * Returns the model's output with a word masked.
 * @returns {{name: string, before: number, after: number, probabilities: number[]|null}|null} Null where it was not
 *   computed.
 */
export function withoutWord(record, word) {
  const { masked, prediction } = record.header;
  const row = masked && word !== null ? masked.words.indexOf(word) : -1;
  if (row < 0) return null;
  if (masked.span_scores)
    return { name: "this answer", before: masked.original, after: masked.span_scores[row], probabilities: null };
  const [before, after] = [masked.original, masked.probabilities[row]];
  const followed = prediction ? followedLabel(prediction) : 0;
  const name = prediction?.labels?.[followed] ?? "value";
  const probabilities = prediction?.labels?.length ? after : null;
  return { name: String(name), before: before[followed], after: after[followed], probabilities };
}

/** Returns the label whose probability is followed: the most probable predicted one, or the most probable of all. */
function followedLabel({ labels, probabilities, predicted }) {
  if (!labels?.length || !probabilities?.length) return 0;
  const said = labels.map((_, place) => place).filter((place) => predicted?.includes(labels[place]));
  const among = said.length ? said : labels.map((_, place) => place);
  return among.reduce((best, place) => (probabilities[place] > probabilities[best] ? place : best), among[0]);
}

function spearman(first, second) {
  const [one, other] = [ranks(first), ranks(second)];
  const mean = (one.length - 1) / 2;
  let [both, left, right] = [0, 0, 0];
  for (let place = 0; place < one.length; place++) {
    const [a, b] = [one[place] - mean, other[place] - mean];
    both += a * b;
    left += a * a;
    right += b * b;
  }
  return left && right ? both / Math.sqrt(left * right) : null;
}

/** Returns ranks from 0; equal values share the mean of their ranks. */
function ranks(values) {
  const order = values.map((_, place) => place).sort((a, b) => values[a] - values[b]);
  const ranked = new Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let at = start; at < end; at++) ranked[order[at]] = (start + end - 1) / 2;
    start = end;
  }
  return ranked;
}

/** Returns a rank correlation in words. */
export function inWords(correlation) {
  if (correlation >= 0.8) return "Both put the words in nearly the same order.";
  if (correlation >= 0.5) return "They agree on much, not on all.";
  if (correlation >= 0.2) return "They agree on little.";
  if (correlation > -0.2) return "One says nothing about the other.";
  if (correlation > -0.5) return "They rather disagree.";
  return "They put the words in opposite order.";
}

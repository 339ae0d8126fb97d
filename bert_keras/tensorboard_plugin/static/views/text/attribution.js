// The attributions of tokens and words by each method, and the model's output with a word masked.
import { CONTRAST, contrast, contrastLabels } from "./contrast.js";
import { besideMasking, withoutWord } from "./masking.js";
import { spearman } from "./ranks.js";
import { SENTENCES, hasSentences, sentenceMasking } from "./sentences.js";

const ORDER = ["integrated_gradients", "shapley", "gradient", "norm", "rollout", "raw"];
const MASKING = "masking";
// Older logs do not say it: these methods follow the attention, whatever the label.
const WITHOUT_TARGET = new Set(["raw", "rollout", "norm"]);

/**
 * @typedef {object} Attribution
 * @property {string} method
 * @property {string} title
 * @property {string} paper
 * @property {string} note
 * @property {string} target What the values are for, such as "label positive"; "" for a method that knows none.
 * @property {number[]} values One per token.
 * @property {number[]} words One per word.
 * @property {boolean} signed Whether values may be negative: against the prediction, or less than before.
 * @property {object[]} [ranked] What the panel lists instead of words: sentences, the one that counts most first.
 * @property {boolean} changed Whether values are differences from another record.
 * @property {number} layer The layer whose values are shown, from 0.
 * @property {number} layers The number of layers with values; 1 where the method has one value for the whole model.
 * @property {{with: string, value: number}|null} correlation The rank correlation with masking, else with attention.
 */

/** Returns the methods of a record as options of a control, each with how well it agrees with masking. */
export function methodOptions(record) {
  const options = methodsOf(record).map((method) => {
    const { title } = record.header.methods[method];
    const agrees = correlationOf(record, method, layersOf(record, method) - 1);
    const held = agrees?.with === MASKING ? ` (masking ${signedText(agrees.value)})` : "";
    const about = held ? "How its order of the words agrees with what masking each word really does" : undefined;
    return { value: method, label: title + held, title: about };
  });
  if (contrastLabels(record).length > 1) options.push({ value: CONTRAST, label: "Why one label and not another" });
  if (hasSentences(record)) options.push({ value: SENTENCES, label: "Masking, sentence by sentence" });
  if (record.header.masked?.words.length) options.push({ value: MASKING, label: "Masking, word by word" });
  return options;
}

function methodsOf({ header }) {
  const logged = Object.keys(header.methods ?? {});
  return [...ORDER.filter((method) => logged.includes(method)), ...logged.filter((method) => !ORDER.includes(method))];
}

/** Writes a correlation with two decimals. */
export function signedText(value) {
  return value.toFixed(2).replace("-", "−");
}

/** Returns the state's method; where the record lacks it, the best one that was logged. */
export function methodOf(record, state) {
  const there = methodOptions(record).map((option) => option.value);
  const best = [state.method, record.header.default_method, ...methodsOf(record), ...there];
  return best.find((method) => there.includes(method)) ?? null;
}

/** Returns the number of layers that a method has values for. */
export function layersOf(record, method) {
  return record.header.methods?.[method]?.values.length ?? 1;
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
  const earlier = new Map((before.ranked ?? []).map((each) => [each.word, each.value]));
  const ranked = found.ranked?.map((each) => ({ ...each, value: each.value - (earlier.get(each.word) ?? 0) }));
  return { ...found, title, values, words, ranked, signed: true, changed: true, correlation: null };
}

function computed(record, state) {
  const method = methodOf(record, state);
  if (method === null) return null;
  const made = madeBy(record, state, method);
  made.words = byWord(record, made.values, method !== MASKING && method !== SENTENCES);
  made.signed ??= record.tokens.some((token) => !token.special && made.values[token.place] < 0);
  made.changed = false;
  if (method === CONTRAST) made.correlation = made.drops && besideMasking(record, made.words, made.drops, true);
  return made;
}

function madeBy(record, state, method) {
  if (method === MASKING) return masking(record);
  if (method === SENTENCES) return sentenceMasking(record);
  return method === CONTRAST ? contrast(record, state) : logged(record, method, depthOf(record, state));
}

/** Returns the words' values in each layer, [layers][words]. */
export function valuesOfLayers(record, method) {
  return record.header.methods[method].values.map((values) => byWord(record, values, true));
}

function logged(record, method, layer) {
  const { title, paper, note, values, signed } = record.header.methods[method];
  const correlation = correlationOf(record, method, layer);
  const target = knowsTarget(record, method) ? (record.header.target?.title ?? "") : "";
  const layers = values.length;
  return { method, title, paper, note: note ?? "", target, values: values[layer], layer, layers, signed, correlation };
}

/** Returns whether a method's values are for one output of the model. */
function knowsTarget({ header }, method) {
  return header.methods[method].knows_target ?? !WITHOUT_TARGET.has(method);
}

/** Returns how a method's order of the words agrees with masking; where nothing was masked, with raw attention. */
function correlationOf(record, method, layer) {
  const { values, signed, masking_correlation: held, rank_correlation: ranks } = record.header.methods[method];
  const logged = held?.[Math.min(layer, held.length - 1)];
  if (Number.isFinite(logged)) return { with: MASKING, value: logged };
  if (held === undefined) {
    const words = byWord(record, values[layer], true);
    const negative = signed ?? words.some((value) => value < 0);
    const found = besideMasking(record, words, null, negative);
    if (found) return found;
  }
  if (method === "raw" || !record.header.methods.raw) return null;
  const value = ranks?.[Math.min(layer, ranks.length - 1)];
  return Number.isFinite(value) ? { with: "raw attention", value } : null;
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
  const note =
    "By how much the prediction falls when the word's pieces are replaced by [MASK]. " +
    `Words that stand in for each other hide each other. ${masked.note ?? ""}`;
  const first = withoutWord(record, masked.words[0]);
  const kind = record.header.task === "fill_mask" ? "token" : "label";
  const target = first.label === null ? first.name : `${kind} ${first.label}`;
  return {
    method: MASKING,
    title: "Masking, word by word",
    paper: "",
    note,
    target,
    values,
    layer: 0,
    layers: 1,
    correlation: rawCorrelation(record, values),
  };
}

function rawCorrelation(record, values) {
  const raw = record.header.methods?.raw?.values.at(-1);
  const places = record.tokens.filter((token) => !token.special).map((token) => token.place);
  const pick = (from) => places.map((place) => Math.abs(from[place]));
  const value = raw ? spearman(pick(values), pick(raw)) : null;
  return value === null ? null : { with: "raw attention", value };
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

/** Returns the words, or the sentences, by absolute value, the largest first. */
export function decisive(record, attribution) {
  if (attribution.ranked) return attribution.ranked;
  return wordsOf(record)
    .map((word) => ({ ...word, value: attribution.words[word.word] }))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
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

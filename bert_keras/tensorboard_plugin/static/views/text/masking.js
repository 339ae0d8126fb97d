// What the model says with a word masked, and how well other values agree with that.
import { spearman } from "./ranks.js";

const LEAST_WORDS = 3; // fewer have no order to speak of

/**
 * Returns the model's output with a word masked.
 * @returns {{name: string, label: string|null, before: number, after: number, probabilities: number[]|null}|null}
 *   Null where it was not computed.
 */
export function withoutWord(record, word) {
  const { masked, prediction } = record.header;
  const row = masked && word !== null ? masked.words.indexOf(word) : -1;
  if (row < 0) return null;
  if (masked.span_scores)
    return {
      name: "this answer",
      label: null,
      before: masked.original,
      after: masked.span_scores[row],
      probabilities: null,
    };
  const [before, after] = [masked.original, masked.probabilities[row]];
  const followed = prediction ? followedLabel(record.header) : 0;
  const label = prediction?.labels?.[followed] ?? null;
  const probabilities = prediction?.labels?.length ? after : null;
  return { name: label ?? "value", label, before: before[followed], after: after[followed], probabilities };
}

/** Returns the label whose probability is followed: the explained one, else the most probable of the predicted ones. */
function followedLabel({ target, prediction: { labels, probabilities, predicted } }) {
  if (!labels?.length || !probabilities?.length) return 0;
  // Older logs have the title alone.
  const named = (label) => label === target?.label || target?.title === `label ${label}`;
  const explained = target?.against ? -1 : labels.findIndex(named);
  if (explained >= 0) return explained;
  const said = labels.map((_, place) => place).filter((place) => predicted?.includes(labels[place]));
  const among = said.length ? said : labels.map((_, place) => place);
  return among.reduce((best, place) => (probabilities[place] > probabilities[best] ? place : best), among[0]);
}

/**
 * Returns how the order of the words by some values agrees with what masking each word does.
 * @param {object} record
 * @param {number[]} words A value per word.
 * @param {number[]|null} drops What each masked word takes away; null for the fall of the explained output.
 * @param {boolean} signed Whether values may be negative; others are compared with the size of the effect.
 * @returns {{with: string, value: number}|null} Null where too few words were masked.
 */
export function besideMasking(record, words, drops, signed) {
  const { masked } = record.header;
  if (!masked || masked.words.length < LEAST_WORDS) return null;
  const falls = drops ?? masked.drops ?? masked.words.map((word) => fallOf(record, word));
  const size = (value) => (signed ? value : Math.abs(value));
  const value = spearman(
    masked.words.map((word) => words[word] ?? 0),
    falls.map(size),
  );
  return value === null ? null : { with: "masking", value };
}

function fallOf(record, word) {
  const { before, after } = withoutWord(record, word);
  return before - after;
}

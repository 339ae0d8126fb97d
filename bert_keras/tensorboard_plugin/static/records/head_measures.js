// The measures of heads in a record's statistics: their names, meanings, values, and the scale of their colours.
import { percent, shortNumber } from "./numbers.js";

/** @typedef {{value: string, label: string, unit: string, about: string, fromZero: boolean}} Measure */
/** @typedef {{low: number, high: number, signed: boolean}} Scale */

const measure = (value, label, unit, fromZero, about) => ({ value, label, unit, fromZero, about });

/** @type {Measure[]} */
const MEASURES = [
  measure("importance", "Importance", "", true, "How much what the model says here hangs on the head"),
  measure("entropy", "Entropy", " nats", false, "Low: the head looks at few tokens; high: at all alike"),
  measure("distance", "Distance", " tokens", false, "How far away what the head looks at is, on average"),
  measure("cls", "Share on [CLS]", "", true, "Part of the head's attention that goes to [CLS]"),
  measure("sep", "Share on [SEP]", "", true, "Part of the head's attention that goes to [SEP]"),
  measure("previous", "Share on the previous", "", true, "Part of the attention that goes one token back"),
  measure("next", "Share on the next", "", true, "Part of the attention that goes one token on"),
];

const SHARE_NAMES = { cls: "[CLS]", sep: "[SEP]", previous: "the previous", next: "the next" };

/**
 * Returns the measures that a record has.
 * @param {object} record
 * @returns {Measure[]}
 */
export function measuresOf(record) {
  return MEASURES.filter((measure) => record.header.statistics?.[measure.value]);
}

/**
 * Returns the chosen measure, or the record's first one where it lacks the chosen one.
 * @param {object} record
 * @param {string} name
 * @returns {Measure | null} Null for a record without statistics.
 */
export function measureOf(record, name) {
  const there = measuresOf(record);
  return there.find((measure) => measure.value === name) ?? there[0] ?? null;
}

/**
 * Returns the values of a measure, or their differences from another record's.
 * @param {object} record
 * @param {Measure | null} measure
 * @param {object | null} other Subtracted where it has as many layers and heads.
 * @returns {number[][]} [layers][heads]; zeros without a measure.
 */
export function headValues(record, measure, other = null) {
  const values = measure && record.header.statistics[measure.value];
  if (!values) return Array.from({ length: record.layers }, () => new Array(record.heads).fill(0));
  const less = other?.header.statistics?.[measure.value];
  if (!less || less.length !== values.length || less[0].length !== values[0].length) return values;
  return values.map((row, layer) => row.map((value, head) => value - less[layer][head]));
}

/**
 * Returns the scale of values: its two ends.
 * @param {number[][]} values
 * @param {Measure | null} measure
 * @param {boolean} signed Whether the values are differences, so that zero is in the middle.
 * @returns {Scale}
 */
export function scaleOf(values, measure, signed) {
  const flat = values.flat().filter(Number.isFinite);
  const high = Math.max(...flat, 0);
  const low = Math.min(...flat, high);
  if (signed) {
    const most = Math.max(high, -low);
    return { low: -most, high: most, signed };
  }
  return { low: measure?.fromZero ? Math.min(low, 0) : low, high, signed };
}

/**
 * Returns the heads' numbers that a scene shows, and their scale, which is that of the other pane too.
 * @param {object} scene
 * @returns {{measure: Measure | null, values: number[][], scale: Scale}}
 */
export function shownHeads(scene) {
  const own = headsOf(scene);
  const beside = scene.beside && headsOf(scene.beside);
  if (!beside || beside.measure?.value !== own.measure?.value) return own;
  const { low, high } = beside.scale;
  return { ...own, scale: { ...own.scale, low: Math.min(own.scale.low, low), high: Math.max(own.scale.high, high) } };
}

function headsOf({ record, other, state }) {
  const measure = measureOf(record, state.measure);
  const values = headValues(record, measure, other);
  return { measure, values, scale: scaleOf(values, measure, Boolean(other)) };
}

/**
 * Returns the colour of a value.
 * @param {object} theme
 * @param {Scale} scale
 * @param {number} value
 * @returns {number[]} [red, green, blue].
 */
export function scaleColour(theme, scale, value) {
  const span = scale.high - scale.low;
  if (scale.signed) return theme.diverging(scale.high ? value / scale.high : 0);
  return theme.sequential(span > 0 ? (value - scale.low) / span : 0);
}

/**
 * Writes a value of a measure with its unit.
 * @param {Measure} measure
 * @param {number} value
 * @returns {string} Shares in percent.
 */
export function measureText(measure, value) {
  return isShare(measure) ? percent(value) : shortNumber(value) + measure.unit;
}

/**
 * Returns whether a measure is a share of the attention.
 * @param {Measure} measure
 * @returns {boolean}
 */
function isShare({ value }) {
  return ["cls", "sep", "previous", "next"].includes(value);
}

/**
 * Writes all measures of a head in two lines.
 * @param {object} record
 * @param {number} layer
 * @param {number} head
 * @returns {string}
 */
export function headNumbers(record, layer, head) {
  const measures = measuresOf(record);
  const written = (measure, name) => `${name} ${measureText(measure, headValues(record, measure)[layer][head])}`;
  const plain = measures
    .filter((measure) => !isShare(measure))
    .map((measure) => written(measure, measure.label.toLowerCase()));
  const shares = measures.filter(isShare).map((measure) => written(measure, SHARE_NAMES[measure.value]));
  return [plain.join(" · "), shares.length ? `attention to ${shares.join(", ")}` : ""].filter(Boolean).join("\n");
}

// The rows and columns that a scene shows of an attention matrix, and the controls that choose them.

const FILTERS = { aa: [0, 0], ab: [0, 1], ba: [1, 0], bb: [1, 1] };

/**
 * Returns the rows and columns that a scene shows of a matrix.
 * @param {{record: object, state: object, units: object[]}} scene
 * @returns {{rows: object[], columns: object[], key: string}} Units; `key` identifies the choice.
 */
export function axesOf({ record, state, units }) {
  const texts = record.isPair ? FILTERS[state.filter] : undefined;
  const key = `${state.words}/${state.specials}/${texts ?? "all"}`;
  if (!texts) return { rows: units, columns: units, key };
  const [from, to] = texts;
  return { rows: units.filter((unit) => unit.text === from), columns: units.filter((unit) => unit.text === to), key };
}

/**
 * Returns the control for attention within and between the two texts of a pair; an empty list for a single text.
 * @param {object} record
 * @returns {object[]}
 */
export function filterControls(record) {
  if (!record.isPair) return [];
  const [a, b] = record.header.task === "answer" ? ["question", "context"] : ["A", "B"];
  const options = [
    { value: "all", label: "all tokens" },
    { value: "aa", label: `${a} → ${a}` },
    { value: "ab", label: `${a} → ${b}` },
    { value: "ba", label: `${b} → ${a}` },
    { value: "bb", label: `${b} → ${b}` },
  ];
  return [{ kind: "select", name: "filter", label: "From → to", options }];
}

/**
 * Returns the options of a control that chooses a layer or a head.
 * @param {number} count
 * @returns {{value: number, label: string}[]}
 */
export function numberOptions(count) {
  return Array.from({ length: count }, (_, value) => ({ value, label: String(value) }));
}

/** The controls that choose what one row or column is. */
export const UNIT_CONTROLS = [
  {
    kind: "check",
    name: "specials",
    label: "[CLS] and [SEP]",
    title: "Show special tokens, to which much attention goes",
  },
  {
    kind: "check",
    name: "words",
    label: "Whole words",
    title: "Pieces of a word as one: attention to them summed, theirs averaged",
  },
];

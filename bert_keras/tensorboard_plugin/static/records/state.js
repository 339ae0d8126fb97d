// The state of the page, as one flat object that fits into a link.

/** @typedef {typeof DEFAULTS} State */
const DEFAULTS = Object.freeze({
  run: null,
  tag: null,
  step: null,
  view: null, // null until a record is loaded: then the answer of a reader, the text of a classifier
  layer: null, // null until a record is loaded: then the layer of its most important head
  heads: null, // the chosen heads; null for all
  token: null, // the place of the pinned token or word
  filter: "all", // attention within and between the two texts: "all", "aa", "ab", "ba", "bb"
  top: 0, // the maximum number of lines per token; 0 for no limit
  threshold: 0.05,
  specials: true,
  words: false,
  measure: "importance",
  sort: "model",
  method: null, // null for the best one that was logged
  why: null, // text view: the label that is explained, null for the predicted one
  than: null, // text view: the label that it is set against, null for the likeliest other one
  zoom: 1,
  head: null, // matrix view: -1 for the mean of all heads, -2 for the largest; null as for the layer
  compare: null, // null, "side" or "difference"
  otherRun: null,
  otherTag: null,
  otherStep: null,
  word: null, // text view: the pinned word
  window: null, // answer view: the chosen window
  depth: null, // text view: the layer whose values are shown; null for the last
  decision: null, // the mask or the entity that is explained, where there are several; null for the first
  candidate: null, // answer view: the chosen one of the n best answers
});

const STRINGS = new Set([
  "run",
  "tag",
  "view",
  "filter",
  "measure",
  "sort",
  "method",
  "why",
  "than",
  "compare",
  "otherRun",
  "otherTag",
]);
const CHECKS = new Set(["specials", "words"]);

/** Returns the default state with some entries replaced. */
export function newState(patch = {}) {
  return { ...DEFAULTS, ...patch };
}

/** Returns the entries of a state that differ from the defaults, as strings for a link. */
export function encoded(state) {
  const entries = {};
  for (const [key, value] of Object.entries(DEFAULTS)) {
    const now = state[key];
    if (now === value || now === undefined) continue;
    entries[key] = Array.isArray(now) ? now.join(".") : now === null ? "" : String(now);
  }
  return entries;
}

/** Returns a link's entries as a patch of the state; unknown keys and invalid numbers are left out. */
export function decoded(entries) {
  const patch = {};
  for (const [key, value] of Object.entries(entries)) {
    if (!(key in DEFAULTS)) continue;
    if (STRINGS.has(key)) patch[key] = value;
    else if (CHECKS.has(key)) patch[key] = value === "true";
    else if (key === "heads") patch.heads = value.split(".").filter(Boolean).map(Number).filter(Number.isInteger);
    else if (value !== "" && Number.isFinite(Number(value))) patch[key] = Number(value);
  }
  return patch;
}

/** Returns a state that fits a record: another run may have fewer layers, heads or tokens, or no second text. */
export function fitting(state, record) {
  const units = record.allUnits(state).length;
  const heads = state.heads?.filter((head) => head < record.heads) ?? null;
  const layer = Math.max(0, Math.min(state.layer ?? record.importantLayer(), record.layers - 1));
  return {
    ...state,
    layer,
    head: Math.max(-2, Math.min(state.head ?? record.importantHead(layer), record.heads - 1)),
    heads: heads?.length ? heads : null,
    token: state.token !== null && state.token >= 0 && state.token < units ? state.token : null,
    decision: record.header.decisions?.[state.decision] ? state.decision : null,
    filter: record.isPair ? state.filter : "all",
  };
}

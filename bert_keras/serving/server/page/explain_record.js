// The answer of the signature `explain` as a record of the Attention tab.
import { decimal } from "./attention/records/numbers.js";
import { labelsOf } from "./answers.js";
import { headStatistics } from "./head_statistics.js";

const CONTINUES = "##"; // how a piece that continues a word begins

/**
 * Returns the record of an explained text.
 * @param {{name: string, version: string}} model
 * @param {import("./task.js").Task} task
 * @param {object} row The texts by input.
 * @param {object} answer The prediction of `explain`.
 * @returns {{run: string, name: string, header: object, layers: Uint8Array[]}}
 */
export function recordOf(model, task, row, answer) {
  const count = answer.tokens.findIndex((token) => token === "");
  const tokens = count < 0 ? answer.tokens.length : count; // empty strings are padding
  const [first, second = null] = task.inputs.map((name) => row[name]);
  const { layers, ...quantisation } = quantised(answer.attention, tokens);
  const columns = tokenColumns(answer, tokens);
  const separators = columns.texts.flatMap((text, place) => (text < 0 && place > 0 ? [place] : []));
  const header = {
    version: 1,
    name: nameOf(first),
    task: task.kind,
    layers: layers.length,
    heads: answer.attention[0].length,
    tokens: columns,
    first,
    second,
    quantisation,
    prediction: predictionOf(task, answer),
    target: { title: targetOf(task, answer), rows: [0] },
    statistics: headStatistics(answer.attention, tokens, separators),
    methods: { integrated_gradients: method(task, answer, tokens) },
  };
  return { run: `${model.name}, version ${model.version}`, name: header.name, header, layers };
}

function nameOf(text) {
  const line = text.replace(/\s+/g, " ").trim();
  const points = Array.from(line);
  return (points.length > 60 ? `${points.slice(0, 59).join("")}…` : line) || "(empty text)";
}

/** Returns the columns of tokens; a token that stands for no code point is a special one. */
export function tokenColumns(answer, count) {
  const places = Array.from({ length: count }, (_, place) => place);
  const texts = places.map((place) => (answer.ends[place] > 0 ? answer.segments[place] : -1));
  let word = -1;
  const words = places.map((place) => {
    if (texts[place] < 0) return -1;
    const begins = texts[place - 1] !== texts[place] || !answer.tokens[place].startsWith(CONTINUES);
    return begins ? ++word : word;
  });
  const column = (name) => answer[name].slice(0, count);
  return {
    pieces: column("tokens"),
    texts,
    starts: column("starts"),
    ends: column("ends"),
    words,
    segments: column("segments"),
  };
}

/** Returns the attention as the views read it: one octet a weight, by its square root. */
function quantised(attention, tokens) {
  let [worst, sum] = [0, 0];
  const layers = attention.map((heads) => {
    const octets = new Uint8Array(heads.length * tokens * tokens);
    let at = 0;
    for (const rows of heads) {
      for (let from = 0; from < tokens; from++) {
        for (let to = 0; to < tokens; to++, at++) {
          const weight = rows[from][to];
          octets[at] = Math.round(255 * Math.sqrt(weight));
          const error = Math.abs((octets[at] / 255) ** 2 - weight);
          worst = Math.max(worst, error);
          sum += error;
        }
      }
    }
    return octets;
  });
  const weights = layers.reduce((total, octets) => total + octets.length, 0);
  return { layers, max_error: worst, mean_error: sum / Math.max(1, weights) };
}

function predictionOf({ kind }, answer) {
  const number = kind === "regression";
  const chosen = number ? [] : labelsOf(answer).filter(({ chosen }) => chosen);
  return {
    labels: number ? [] : answer.labels,
    probabilities: number ? [] : answer.probabilities,
    predicted: chosen.map(({ name }) => name),
    true: null,
    value: number ? answer.score : null,
  };
}

function targetOf({ kind }, answer) {
  return kind === "regression" ? "the score" : `label ${labelsOf(answer)[0].name}`;
}

function method(task, answer, count) {
  const note =
    `What each token adds to ${targetOf(task, answer)}, from a text of [MASK] on. ` +
    `The sum misses the true difference of the logits by ${decimal(answer.gap, 3)}.`;
  return {
    title: "Integrated gradients",
    paper: "Sundararajan, Taly and Yan 2017",
    note,
    values: [answer.attributions.slice(0, count)],
    rank_correlation: null,
  };
}

// The columns of results: what is shown in the table, and what is written to the file.
import { answerOf, entitiesOf, labelText, labelsOf, percent } from "./answers.js";

/**
 * Returns what the table shows of an answer beside its texts.
 * @param {import("./task.js").Task} task
 */
export function shownColumns({ kind }) {
  return {
    single_label: [
      ["label", (row) => row.label],
      ["probability", (row) => percent(row.probability)],
    ],
    multi_label: [
      ["labels", labelText],
      ["most probable", (row) => `${labelsOf(row)[0].name} ${percent(labelsOf(row)[0].probability)}`],
    ],
    regression: [["score", (row) => String(row.score)]],
    span: [
      ["answer", (row) => answerOf(row)?.text ?? "no answer"],
      ["probability", (row) => percent(row.score)],
    ],
    entities: [
      [
        "entities",
        (row) =>
          entitiesOf(row)
            .map(({ text, label }) => `${text} [${label}]`)
            .join(", "),
      ],
    ],
    other: [["answer", (row) => JSON.stringify(row)]],
  }[kind];
}

/**
 * Returns the table of a file: a row of names, then a row for each result.
 * @param {import("./task.js").Task} task
 * @param {object[]} rows The texts by input.
 * @param {import("./table_sending.js").Result[]} results
 * @returns {(string|number|null)[][]}
 */
export function fileRows(task, rows, results) {
  const columns = fileColumns(task.kind, results.find(({ answer }) => answer)?.answer);
  const failed = results.some(({ error }) => error);
  const head = [...task.inputs, ...columns.map(([name]) => name), ...(failed ? ["error"] : [])];
  const lines = results.map(({ answer, error }, place) => [
    ...task.inputs.map((name) => rows[place][name]),
    ...columns.map(([, value]) => (answer ? value(answer) : null)),
    ...(failed ? [error ?? null] : []),
  ]);
  return [head, ...lines];
}

function fileColumns(kind, first) {
  if (!first) return [];
  const each = (first.labels ?? []).map((name, place) => [`probability of ${name}`, (row) => row.probabilities[place]]);
  return {
    single_label: [["label", (row) => row.label], ["probability", (row) => row.probability], ...each],
    multi_label: [["labels", (row) => row.labels.filter((_, place) => row.chosen[place]).join("; ")], ...each],
    regression: [["score", (row) => row.score]],
    span: [
      ["answer", (row) => row.answer],
      ["start", (row) => (row.end > 0 ? row.start : null)],
      ["end", (row) => (row.end > 0 ? row.end : null)],
      ["probability", (row) => row.score],
      ["null_odds", (row) => row.null_odds],
    ],
    entities: [["entities", (row) => JSON.stringify(entitiesOf(row))]],
    other: [["answer", (row) => JSON.stringify(row)]],
  }[kind];
}

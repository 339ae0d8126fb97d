// The rows of a pasted table as inputs of a model.
import { readCsv } from "./csv.js";

/**
 * @typedef {object} Table
 * @property {string[]} names The names of its columns.
 * @property {string[][]} rows
 */

/**
 * Reads a table that was pasted.
 * @param {string} text
 * @param {"lines"|"csv"} form Whether each line is a text, or the text is csv.
 * @param {boolean} named Whether the first row has the names of the columns.
 * @returns {Table}
 */
export function readTable(text, form, named) {
  if (form === "lines") {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
    return { names: ["line"], rows: lines.map((line) => [line]) };
  }
  const rows = readCsv(text);
  const width = Math.max(0, ...rows.slice(0, 1000).map((row) => row.length));
  const [first = [], ...others] = rows;
  const names = Array.from({ length: width }, (_, place) => (named && first[place]?.trim()) || `column ${place + 1}`);
  return { names, rows: named ? others : rows };
}

/** Returns whether a table's first row looks like the names of its columns: one of them is an input's name. */
export function looksNamed(text, inputs) {
  try {
    const [first = []] = readCsv(text.slice(0, 10_000).split(/\r?\n/, 1)[0]);
    return first.some((name) => inputs.includes(name.trim().toLowerCase()));
  } catch {
    return false; // the first row goes on in the next line
  }
}

/** Returns the column of an input: that of its name, else the one at its place. */
export function columnOf(table, input, place) {
  const named = table.names.findIndex((name) => name.toLowerCase() === input);
  return named < 0 ? Math.min(place, Math.max(0, table.names.length - 1)) : named;
}

/**
 * Returns the rows as inputs.
 * @param {Table} table
 * @param {string[]} inputs
 * @param {number[]} columns The column of each input.
 * @returns {object[]} A text by input each; a cell that is missing is an empty text.
 */
export function inputsOf(table, inputs, columns) {
  return table.rows.map((row) => Object.fromEntries(inputs.map((name, place) => [name, row[columns[place]] ?? ""])));
}

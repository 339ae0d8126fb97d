// Reads and writes csv (RFC 4180): cells in quotes may hold commas, line ends and doubled quotes.

const MARKS = [",", "\t", ";"];
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Reads a table.
 * @param {string} text
 * @returns {string[][]} Rows of cells, without empty lines.
 * @throws {Error} A quote is not closed.
 */
export function readCsv(text) {
  const mark = markOf(text);
  const rows = [];
  let [row, cell, quoted, line, opened] = [[], "", false, 1, 0];
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || cell !== "") rows.push(row);
    [row, cell] = [[], ""];
  };
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "\n") line++;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[at++];
      else quoted = false;
    } else if (letter === '"' && cell === "") [quoted, opened] = [true, line];
    else if (letter === mark) [cell] = ["", row.push(cell)];
    else if (letter === "\n") endRow();
    else if (letter !== "\r" || text[at + 1] !== "\n") cell += letter;
  }
  if (quoted)
    throw new Error(`Line ${opened}: a quote opens here and is not closed. Close it, or double it in a text.`);
  endRow();
  return rows;
}

/** Returns the mark between cells: the one that the first line has most often, outside of quotes. */
function markOf(text) {
  const first = text.replace(/"[^"]*"/g, "").split("\n", 1)[0];
  const count = (mark) => first.split(mark).length - 1;
  return MARKS.reduce((best, mark) => (count(mark) > count(best) ? mark : best), MARKS[0]);
}

/**
 * Writes a table. Texts that a spreadsheet would take for a formula get an apostrophe in front; numbers do not.
 * @param {(string|number|null)[][]} rows
 * @returns {string}
 */
export function writeCsv(rows) {
  // The mark in front tells spreadsheets that the file is UTF-8.
  return `\ufeff${rows.map((row) => `${row.map(written).join(",")}\r\n`).join("")}`;
}

function written(cell) {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// All views, in the order of their tabs and of the keys 1 to 6.
import { view as answer } from "./answer.js";
import { view as architecture } from "./architecture.js";
import { view as grid } from "./grid.js";
import { view as heads } from "./heads.js";
import { view as matrix } from "./matrix.js";
import { view as text } from "./text.js";

export const VIEWS = [heads, grid, matrix, text, answer, architecture];

/** The view of a name that a record can be shown in; heads where there is none. */
export function viewOf(name, record) {
  return VIEWS.find((view) => view.id === name && view.applies(record)) ?? heads;
}

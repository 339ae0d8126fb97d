// All views, in the order of their tabs and of the keys 1 to 6.
import { view as answer } from "../views/answer/view.js";
import { view as architecture } from "../views/architecture/view.js";
import { view as grid } from "../views/grid/view.js";
import { view as heads } from "../views/heads/view.js";
import { view as matrix } from "../views/matrix/view.js";
import { view as text } from "../views/text/view.js";

export const VIEWS = [heads, grid, matrix, text, answer, architecture];

/** Returns the view with an id; where there is none or it does not apply, a reader's answer or a classifier's text. */
export function viewOf(name, record) {
  const usual = record && answer.applies(record) ? answer : text;
  return VIEWS.find((view) => view.id === name && record && view.applies(record)) ?? usual;
}

// The list of what the keys and the pointer do, which opens over the picture.
import { element } from "./elements.js";

const EVERYWHERE = [
  ["1 … 6", "the view"],
  ["[ ]", "the layer before, the next one"],
  ["+ −", "larger, smaller; also Ctrl and the wheel"],
  ["Esc", "nothing pinned, this list closed"],
  ["?", "this list"],
];

const OF_VIEW = {
  heads: [
    ["point at a token", "only its lines: what it attends to, on the left; what attends to it, on the right"],
    ["click a token", "pin it; then point at a token on the right for the weight between the two"],
    ["click a head", "switch it off or on; double-click: it alone"],
    ["↑ ↓ ← →", "walk the tokens, change the column"],
    ["Enter", "pin the token"],
    [", .", "one head alone: the one before, the next one"],
    ["a", "all heads"],
    ["t", "pin the token from which the output is read (■), then the next of them"],
  ],
  grid: [
    ["click a head", "open it among the heads; with Shift, as a matrix"],
    ["↑ ↓ ← →", "walk the heads"],
    ["Enter", "open the head"],
  ],
  matrix: [
    ["click a cell", "pin its row"],
    ["↑ ↓ ← →", "walk the cells"],
    ["Enter", "pin the row"],
  ],
  text: [
    ["click a word", "pin it, and see what the model says when it is masked"],
    ["← →", "walk the words through the text"],
    ["↑ ↓", "walk the words by how much they count"],
    ["Enter", "pin the word"],
  ],
  answer: [
    ["click a span", "keep it marked in the text"],
    ["↑ ↓", "walk the best spans"],
    ["← →", "walk the windows"],
  ],
  architecture: [
    ["click a layer or a head", "open it"],
    ["↑ ↓ ← →", "walk the blocks"],
    ["Enter", "open the block"],
  ],
};

/** Returns the list for a view. */
export function keyList(view) {
  const rows = [...(OF_VIEW[view.id] ?? []), ...EVERYWHERE];
  const terms = rows.flatMap(([key, meaning]) => [element("dt", {}, key), element("dd", {}, meaning)]);
  return [element("h2", {}, view.title), element("p", {}, view.about), element("dl", {}, ...terms)];
}

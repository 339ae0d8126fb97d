// Lays running text out in lines, left-to-right and right-to-left, and finds where each part of it is. Positions in the
// text are code points, as in the log. Text is broken into lines in logical order; each line is then put into visual
// order as in the Unicode bidirectional algorithm, but by words: a word is drawn as one string, so that Arabic letters
// join and the browser orders the characters within.

import { measureText } from "./painter.js";

const RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const LETTER = /\p{L}/u;
const DIGIT = /\p{N}/u;
// Scripts without spaces between words: a line may break after each character.
const IDEOGRAPH =
  /[\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;
const SPACE = /\s/u;
const JOINED = /[\p{M}\u200d\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/u;
const LONGEST = 24;

/**
 * @typedef {{start: number, end: number, string: string, space: boolean, kind: "L"|"R"|"D"|"N", width: number,
 *   level: number, x: number}} Chunk
 *   A word, an ideograph or white space. `kind`: letters read from the left, from the right, digits, or neutral.
 *   `level`: the embedding level.
 * @typedef {{top: number, height: number, start: number, end: number, right: boolean, chunks: Chunk[]}} Line
 */

export class Flow {
  /**
   * @param {string[]} points The code points of the text.
   * @param {{width: number, size: number, lineHeight: number, weight?: number, emptyHeight?: number, start?: number,
   *   end?: number}} options
   *   `width`: of a line, in pixels. `emptyHeight`: the height of lines without a word. `start`, `end`: the part of the
   *   text that is laid out.
   */
  constructor(
    points,
    { width, size, lineHeight, weight = 400, emptyHeight = lineHeight, start = 0, end = points.length },
  ) {
    this.points = points;
    this.width = width;
    this.font = { size, weight };
    this.lineHeight = lineHeight;
    this.emptyHeight = emptyHeight;
    this.height = 0;
    /** @type {Line[]} */
    this.lines = [];
    for (const [from, to] of paragraphs(points, start, end)) this.#paragraph(from, to);
  }

  #paragraph(from, to) {
    const chunks = chunksOf(this.points, from, to);
    const strong = chunks.find((chunk) => chunk.kind === "L" || chunk.kind === "R");
    const right = strong !== undefined && strong.kind === "R";
    levels(chunks, right ? 1 : 0);
    for (const chunk of chunks) chunk.width = measureText(chunk.string, this.font);
    let line = [];
    let used = 0;
    for (const chunk of chunks.flatMap((chunk) => this.#broken(chunk))) {
      if (used + chunk.width > this.width && line.length && !chunk.space) {
        this.#end(line, right);
        line = [];
        used = 0;
      }
      line.push(chunk);
      used += chunk.width;
    }
    this.#end(line, right, from);
  }

  /** Splits a word that is longer than a line; returns it whole otherwise. */
  #broken(chunk) {
    if (chunk.width <= this.width || chunk.end - chunk.start < 2) return [chunk];
    const parts = [];
    let start = chunk.start;
    while (start < chunk.end) {
      let end = start + 1;
      while (end < chunk.end && measureText(this.points.slice(start, end + 1).join(""), this.font) <= this.width) end++;
      const string = this.points.slice(start, end).join("");
      parts.push({ ...chunk, start, end, string, width: measureText(string, this.font) });
      start = end;
    }
    return parts;
  }

  #end(chunks, right, start = 0) {
    const base = right ? 1 : 0;
    for (let i = chunks.length - 1; i >= 0 && chunks[i].space; i--) chunks[i].level = base;
    const length = chunks.reduce((sum, chunk) => sum + chunk.width, 0);
    let x = right ? this.width - length : 0;
    for (const chunk of visual(chunks)) {
      chunk.x = x;
      x += chunk.width;
    }
    const first = chunks.length ? chunks[0].start : start;
    const end = chunks.length ? chunks[chunks.length - 1].end : start;
    const height = chunks.length ? this.lineHeight : this.emptyHeight;
    this.lines.push({ top: this.height, height, start: first, end, right, chunks });
    this.height += height;
  }

  /** Returns the left and the right edge of a part of a chunk. */
  #edges(chunk, start, end) {
    if (start <= chunk.start && end >= chunk.end) return [chunk.x, chunk.x + chunk.width];
    const before = this.#width(chunk, chunk.start, Math.max(start, chunk.start));
    const until = this.#width(chunk, chunk.start, Math.min(end, chunk.end));
    const far = chunk.x + chunk.width;
    return chunk.level % 2 ? [far - until, far - before] : [chunk.x + before, chunk.x + until];
  }

  #width(chunk, start, end) {
    return measureText(this.points.slice(start, end).join(""), this.font);
  }

  /** Returns the number of the line that holds a code point. */
  lineOf(place) {
    return this.#last((line) => line.start <= place);
  }

  /** Returns the number of the last line for which `holds` is true; it must be true for all lines before. */
  #last(holds) {
    let low = 0;
    let high = this.lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (holds(this.lines[middle])) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * Returns the boxes that a part of the text takes, at least one per line.
   * @returns {{x: number, y: number, width: number, height: number, line: number, right: boolean}[]} `right`: whether
   *   it is read from the right.
   */
  boxes(start, end) {
    const boxes = [];
    if (end <= start || !this.lines.length) return boxes;
    for (let number = this.lineOf(start); number < this.lines.length && this.lines[number].start < end; number++) {
      const line = this.lines[number];
      const edges = [];
      for (const chunk of line.chunks) {
        if (chunk.start >= end || chunk.end <= start || chunk.width === 0) continue;
        edges.push([...this.#edges(chunk, start, end), chunk.level % 2 === 1]);
      }
      edges.sort((a, b) => a[0] - b[0]);
      for (const [left, right, turned] of edges) {
        const last = boxes[boxes.length - 1];
        if (last && last.line === number && left - last.x - last.width < 1)
          last.width = Math.max(last.width, right - last.x);
        else
          boxes.push({
            x: left,
            y: line.top,
            width: right - left,
            height: this.lineHeight,
            line: number,
            right: turned,
          });
      }
    }
    return boxes;
  }

  /** Returns the code point at a position in pixels; -1 for none. */
  at(x, y) {
    if (y < 0 || y >= this.height) return -1;
    const line = this.lines[this.#last((each) => each.top <= y)];
    const chunk = line.chunks.find((each) => x >= each.x && x < each.x + each.width && !each.space);
    if (!chunk) return -1;
    for (let place = chunk.start; place < chunk.end; place++) {
      const [left, right] = this.#edges(chunk, place, place + 1);
      if (x >= left && x < right) return place;
    }
    return chunk.start;
  }

  /** Returns the lines between two heights: [first, one past the last]. */
  visible(top, bottom) {
    if (bottom <= 0 || top >= this.height) return [0, 0];
    return [this.#last((line) => line.top <= top), this.#last((line) => line.top < bottom) + 1];
  }

  /**
   * Draws the visible lines with the top left corner of the text at (x, y).
   * @param {number} baseline The distance of the baseline below the top of a line.
   * @param {(chunk: Chunk) => string} fill Returns the colour of a chunk.
   */
  draw(painter, x, y, baseline, viewport, fill) {
    const [first, last] = this.visible(viewport.y - y, viewport.y + viewport.height - y);
    for (let number = first; number < last; number++) this.drawLine(painter, number, x, y, baseline, fill);
  }

  /** Draws the chunks of a line that overlap the range from `left` to `right`. */
  drawLine(painter, number, x, y, baseline, fill, left = -Infinity, right = Infinity) {
    const line = this.lines[number];
    for (const chunk of line.chunks) {
      if (chunk.space || chunk.x >= right || chunk.x + chunk.width <= left) continue;
      // Embedding marks: without them punctuation beside a right-to-left word would be on the wrong side.
      const string = chunk.level % 2 ? `\u202b${chunk.string}\u202c` : chunk.string;
      painter.text(string, x + chunk.x, y + line.top + baseline, {
        fill: fill(chunk),
        ...this.font,
        baseline: "alphabetic",
      });
    }
  }
}

/** Yields the start and end of each paragraph: the text between line feeds. */
function* paragraphs(points, start, end) {
  let from = start;
  for (let place = start; place < end; place++) {
    if (points[place] !== "\n") continue;
    yield [from, place];
    from = place + 1;
  }
  yield [from, end];
}

/** Splits a paragraph into words with their punctuation, single ideographs, and the spaces between. */
function chunksOf(points, from, to) {
  const chunks = [];
  let start = from;
  while (start < to) {
    const space = SPACE.test(points[start]);
    const alone = !space && IDEOGRAPH.test(points[start]);
    let end = start + 1;
    while (end < to && goesOn(points, end, space, alone)) end++;
    const string = space ? " ".repeat(Math.min(end - start, LONGEST)) : points.slice(start, end).join("");
    chunks.push({ start, end, string, space, kind: kindOf(points, start, end), width: 0, level: 0, x: 0 });
    start = end;
  }
  return chunks;
}

function goesOn(points, place, space, alone) {
  const point = points[place];
  if (space) return SPACE.test(point);
  if (SPACE.test(point)) return false;
  if (JOINED.test(point) || points[place - 1] === "\u200d") return true;
  return !alone && !IDEOGRAPH.test(point);
}

function kindOf(points, start, end) {
  let kind = "N";
  for (let place = start; place < end; place++) {
    if (RIGHT.test(points[place])) return "R";
    if (LETTER.test(points[place])) return "L";
    if (DIGIT.test(points[place])) kind = "D";
  }
  return kind;
}

/** Sets the embedding levels of a paragraph's chunks: even levels are read from the left, odd ones from the right. */
function levels(chunks, base) {
  const strong = [];
  let last = base ? "R" : "L";
  for (const chunk of chunks) {
    if (chunk.kind === "L" || chunk.kind === "R") last = chunk.kind;
    else if (chunk.kind === "D" && last === "L") chunk.kind = "L";
    strong.push(last);
  }
  let next = base ? "R" : "L";
  for (let i = chunks.length - 1; i >= 0; i--) {
    const kind = chunks[i].kind;
    if (kind === "R" || kind === "D") next = "R";
    else if (kind === "L") next = "L";
    const side = kind === "N" ? (strong[i] === next ? next : base ? "R" : "L") : kind;
    // A number among right-to-left words takes its place in their order; the browser orders the digits within.
    chunks[i].level = side === "R" || side === "D" ? 1 : base ? 2 : 0;
  }
}

/** Returns a line's chunks from left to right: reverses each run of a level or above, from the highest level down. */
function visual(chunks) {
  const ordered = [...chunks];
  const highest = Math.max(0, ...chunks.map((chunk) => chunk.level));
  for (let level = highest; level > 0; level--) {
    for (let start = 0; start < ordered.length; start++) {
      if (ordered[start].level < level) continue;
      let end = start;
      while (end < ordered.length && ordered[end].level >= level) end++;
      ordered.splice(start, end - start, ...ordered.slice(start, end).reverse());
      start = end;
    }
  }
  return ordered;
}

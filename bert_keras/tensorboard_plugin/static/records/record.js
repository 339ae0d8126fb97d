// A record: one logged text and what was computed for it, without the attention weights, which are loaded by layer.

/**
 * @typedef {object} Token
 * @property {number} place The position in the model's input, from 0.
 * @property {string} piece The entry of the vocabulary, such as "##ing".
 * @property {string} label The piece as it is shown.
 * @property {number} text 0 in the first text, 1 in the second, -1 for a special token.
 * @property {number} word The number of its word, counted over both texts; -1 for a special token.
 * @property {number} start The first code point in its text.
 * @property {number} end One past the last code point.
 * @property {number} segment The segment id.
 * @property {boolean} special
 */

/**
 * @typedef {object} Unit What a view shows as one row or column: a token, or a word of one or more tokens.
 * @property {number} place The row and column in `scene.weights(layer)`.
 * @property {string} label
 * @property {boolean} special
 * @property {number} text
 * @property {number[]} tokens The places of its tokens.
 */

export class AttentionRecord {
  #decided = new Map();

  /**
   * @param {object} header The header of the log format, its blob 0.
   * @param {number} decision The index of the mask or entity that the header explains, where there are several.
   */
  constructor(header, decision = 0) {
    this.decision = decision;
    if (header.version !== 1) {
      throw new Error(
        `This log was written in version ${header.version} of the format, and this page reads version 1. ` +
          "Install the bert_keras that wrote it, or write the log again.",
      );
    }
    this.header = header;
    this.layers = header.layers;
    this.heads = header.heads;
    this.codePoints = [Array.from(header.first ?? ""), Array.from(header.second ?? "")];
    /** @type {Token[]} */
    this.tokens = header.tokens.pieces.map((piece, place) => this.#token(piece, place));
    /** @type {Unit[]} */
    this.tokenUnits = this.tokens.map(({ place, label, special, text }) => ({
      place,
      label,
      special,
      text,
      tokens: [place],
    }));
    /** @type {Unit[]} */
    this.wordUnits = this.#words();
    this.isPair = this.tokens.some((token) => token.text === 1);
  }

  /** Returns the same record with what another of its decisions, a mask or an entity, depends on. */
  at(decision) {
    const told = this.header.decisions?.[decision ?? 0]?.told;
    if (!told) return this;
    if (!this.#decided.has(decision)) {
      const statistics = { ...this.header.statistics, ...told.statistics };
      this.#decided.set(decision, new AttentionRecord({ ...this.header, ...told, statistics }, decision));
    }
    return this.#decided.get(decision);
  }

  /** Returns this record with its decision about what another record's is about, if it has one. */
  like(other) {
    const about = other.header.decisions?.[other.decision];
    const same = (each) => each.start === about?.start && each.end === about?.end;
    return this.at((this.header.decisions ?? []).findIndex(same));
  }

  /** What is decided, as a heading: a mask, or the words of an entity; "" where the model decides once of a text. */
  get decided() {
    const title = this.header.decisions?.[this.decision]?.title;
    if (title === undefined) return "";
    return this.header.task === "tags" ? `“${visible(oneLine(title))}”` : `${title[0].toUpperCase()}${title.slice(1)}`;
  }

  /** Returns the units that a state shows, tokens or words, with or without special tokens; places do not change. */
  units(state) {
    const units = this.allUnits(state);
    return state.specials ? units : units.filter((unit) => !unit.special);
  }

  allUnits(state) {
    return state.words ? this.wordUnits : this.tokenUnits;
  }

  /** Returns the characters between two code points of a text (0 or 1). */
  slice(text, start, end) {
    return this.codePoints[text].slice(start, end).join("");
  }

  /** Returns the places of the tokens in a span of the context; none for a missing span. */
  placesOf(span) {
    if (!span) return [];
    return this.tokens
      .filter((token) => token.text === 1 && token.start < span.end && token.end > span.start)
      .map((token) => token.place);
  }

  /** Returns the layer of the most important head. */
  importantLayer() {
    return placeOfLargest(this.#importance().map((heads) => Math.max(...heads)));
  }

  /** Returns the most important head of a layer. */
  importantHead(layer) {
    return placeOfLargest(this.#importance()[layer] ?? []);
  }

  /** Returns a text's name in tooltips: 0 and 1 are the two texts, -1 a special token. */
  textName(text) {
    if (text < 0) return "special token";
    if (!this.isPair) return "text";
    if (this.header.task === "answer") return text === 0 ? "question (A)" : "context (B)";
    return text === 0 ? "text A" : "text B";
  }

  #importance() {
    return this.header.statistics?.importance ?? [];
  }

  #token(piece, place) {
    const { texts, starts, ends, words, segments } = this.header.tokens;
    const special = texts[place] < 0;
    return {
      place,
      piece,
      label: visible(piece),
      text: texts[place],
      word: words[place],
      start: starts[place],
      end: ends[place],
      segment: segments[place],
      special,
    };
  }

  #words() {
    const units = [];
    let previous = null;
    for (const token of this.tokens) {
      if (previous !== null && !token.special && token.word === previous.word && token.text === previous.text) {
        units.at(-1).tokens.push(token.place);
      } else {
        units.push({
          place: units.length,
          label: token.label,
          special: token.special,
          text: token.text,
          tokens: [token.place],
        });
      }
      previous = token;
    }
    for (const unit of units.filter((each) => each.tokens.length > 1)) {
      const first = this.tokens[unit.tokens[0]];
      unit.label = visible(this.slice(unit.text, first.start, this.tokens[unit.tokens.at(-1)].end));
    }
    return units;
  }
}

/** Returns whether two records have the same tokens, layers and heads, so that their weights can be subtracted. */
export function sameTokens(first, second) {
  const [one, other] = [first.header.tokens.pieces, second.header.tokens.pieces];
  const shape = first.layers === second.layers && first.heads === second.heads;
  return shape && one.length === other.length && one.every((piece, place) => piece === other[place]);
}

/** Returns a text with dots for control characters, line ends and direction marks, which would disturb the layout. */
export function visible(string) {
  return string.replace(/[\u0000-\u001f\u007f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\u00b7");
}

/** Returns a name without its middle where it is long, by which names that begin alike still differ. */
export function shortName(name, most = 36) {
  const points = Array.from(visible(String(name)));
  if (points.length <= most) return points.join("");
  const tail = (most - 1) >> 1;
  return `${points.slice(0, most - 1 - tail).join("")}…${points.slice(-tail).join("")}`;
}

/** Returns the index of the largest number, of equal ones the first; 0 for an empty array. */
export function placeOfLargest(numbers) {
  return Math.max(0, numbers.indexOf(Math.max(...numbers)));
}

/** Returns a text with each stretch of white space as one space. */
export function oneLine(text) {
  return String(text).replace(/\s+/g, " ").trim();
}

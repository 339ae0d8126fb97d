// One logged text with everything that was computed of it, without the attention itself, which is loaded layer by layer.

/**
 * @typedef {object} Token
 * @property {number} place  column in the row that the model reads, from 0
 * @property {string} piece  as in the vocabulary, "##ing"
 * @property {string} label  as it is shown
 * @property {number} text  -1 special token, 0 first text, 1 second text
 * @property {number} word  number of the word over both texts, -1 special token
 * @property {number} start  code points in its text
 * @property {number} end  one past the last
 * @property {number} segment
 * @property {boolean} special
 */

/**
 * @typedef {object} Unit  what a view shows as one: a token, or a word of several tokens
 * @property {number} place  row and column in `scene.weights(layer)`
 * @property {string} label
 * @property {boolean} special
 * @property {number} text
 * @property {number[]} tokens  places of its tokens
 */

export class AttentionRecord {
  /** @param {object} header  blob 0 of the log format */
  constructor(header) {
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

  /** The units that a state shows: tokens or words, special tokens left out or not. Their places stay those of the weights. */
  units(state) {
    const units = this.allUnits(state);
    return state.specials ? units : units.filter((unit) => !unit.special);
  }

  allUnits(state) {
    return state.words ? this.wordUnits : this.tokenUnits;
  }

  /** The characters between two code points of a text (0 or 1). */
  slice(text, start, end) {
    return this.codePoints[text].slice(start, end).join("");
  }

  /** Places of the tokens of a span of a reader's context; none where there is no span. */
  placesOf(span) {
    if (!span) return [];
    return this.tokens
      .filter((token) => token.text === 1 && token.start < span.end && token.end > span.start)
      .map((token) => token.place);
  }

  /** The layer of the head on which the output hangs most. */
  importantLayer() {
    return placeOfLargest(this.#importance().map((heads) => Math.max(...heads)));
  }

  /** The most important head of a layer. */
  importantHead(layer) {
    return placeOfLargest(this.#importance()[layer] ?? []);
  }

  /** The name under which a label or the parts of a text are told in tooltips. */
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

/** Whether two records show the same row of tokens in models of one shape, so that their weights can be subtracted. */
export function sameTokens(first, second) {
  const [one, other] = [first.header.tokens.pieces, second.header.tokens.pieces];
  const shape = first.layers === second.layers && first.heads === second.heads;
  return shape && one.length === other.length && one.every((piece, place) => piece === other[place]);
}

// Control characters, line ends and the marks that turn the direction of a text would disturb what stands beside it.
/** `string` with a dot in place of each character that is none to look at. */
export function visible(string) {
  return string.replace(/[\u0000-\u001f\u007f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\u00b7");
}

/** The place of the largest number, the first of equal ones; 0 where there are none. */
export function placeOfLargest(numbers) {
  return Math.max(0, numbers.indexOf(Math.max(...numbers)));
}

/** Returns a text with each stretch of white space as one space. */
export function oneLine(text) {
  return String(text).replace(/\s+/g, " ").trim();
}

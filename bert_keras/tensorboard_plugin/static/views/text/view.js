// The text view: the running text, coloured by how much each word counted for the prediction.

import { drawLegend } from "../../drawing/legend.js";
import { css, inkOn, rgbOf } from "../../drawing/theme.js";
import { decimal } from "../../records/numbers.js";
import {
  attributionOf,
  decisive,
  depthOf,
  inWords,
  layersOf,
  methodOf,
  methodOptions,
  signedText,
  wordsOf,
} from "./attribution.js";
import { CONTRAST, contrastControls } from "./contrast.js";
import { drawLayers, layerAt } from "./layers.js";
import { drawMarks, markAt, markInWords } from "./marks.js";
import { layoutOf, panelTop } from "./layout.js";
import { withoutWord } from "./masking.js";
import { drawPanel, labelAt, labelInWords, rankOf, rankedAt, textOf } from "./panel.js";

export const view = {
  id: "text",
  title: "Text",
  about: "The text itself, coloured by how much each word counted for the prediction.",

  applies: () => true,

  layers: () => [],

  controls(state, record) {
    const method = methodOf(record, state);
    if (method === null) return [];
    const layers = layersOf(record, method);
    const controls = [
      { kind: "select", name: "method", label: "Method", options: methodOptions(record), value: method },
    ];
    if (method === CONTRAST) controls.push(...contrastControls(record, state));
    if (layers > 1) {
      const [label, title] = collects(method)
        ? ["Layers up to", "What was collected up to this layer; the last one stands for the whole model"]
        : ["Layer", "The layer whose values are shown"];
      controls.push({
        kind: "range",
        name: "depth",
        label,
        min: 0,
        max: layers - 1,
        step: 1,
        title,
        value: depthOf(record, state),
      });
    }
    const title = "Colour whole words instead of the pieces the model reads";
    return [...controls, { kind: "check", name: "words", label: "Whole words", title }];
  },

  extent(scene) {
    const layout = layoutOf(scene);
    return { width: layout.width, height: layout.height };
  },

  draw(painter, scene) {
    const layout = layoutOf(scene);
    const word = scene.hover?.word ?? scene.state.word;
    drawHead(painter, scene, layout);
    for (const block of layout.blocks) drawBlock(painter, scene, layout, block, word);
    drawMarks(painter, scene, layout);
    if (layout.specials) drawSpecials(painter, scene, layout);
    drawLayers(painter, scene, layout, word);
    drawNotes(painter, scene, layout);
    drawPanel(painter, scene, layout, panelTop(scene, layout), word);
  },

  hit(scene, x, y) {
    const layout = layoutOf(scene);
    const ranked = rankedAt(layout, panelTop(scene, layout), x, y);
    if (ranked) return { word: ranked.word, place: ranked.first };
    const label = labelAt(layout, panelTop(scene, layout), x, y);
    if (label) return label;
    const found = layerAt(layout, x, y) ?? markAt(layout, x, y);
    if (found) return found;
    for (const block of layout.blocks) {
      const point = block.flow.at(x - layout.margin, y - block.y);
      if (point < 0) continue;
      const token = scene.record.tokens.find(
        (each) => each.text === block.text && each.start <= point && point < each.end,
      );
      return token ? { word: token.word, place: token.place } : null;
    }
    return null;
  },

  describe(scene, { word, place, layer, label, mark }) {
    const { record } = scene;
    if (mark !== undefined) return markInWords(record, mark);
    if (label !== undefined) return labelInWords(record, layoutOf(scene), label);
    const attribution = layoutOf(scene).attribution;
    const without = withoutWord(record, word);
    const lines = [`“${textOf(record, word)}”`];
    if (attribution) {
      const rank = attribution.ranked
        ? "its sentence"
        : `rank ${rankOf(record, attribution, word)} of ${wordsOf(record).length}`;
      const several = record.tokens.filter((token) => token.word === word).length > 1;
      const piece = several ? `, piece “${record.tokens[place].label}” ${decimal(attribution.values[place])}` : "";
      lines[0] += `: ${decimal(attribution.words[word])}${piece}, ${rank}`;
    }
    if (layer !== undefined) {
      const value = layoutOf(scene).layersMap.rows[layer][word];
      lines[0] = `“${textOf(record, word)}”, layer ${layer}: ${decimal(value)}`;
    }
    if (isUnread(record, word)) lines.push("Not in the vocabulary: the model read [UNK] here, not these letters");
    if (without) lines.push(`Without it: ${without.name} ${decimal(without.before, 3)} → ${decimal(without.after, 3)}`);
    return lines.join("\n");
  },

  click(scene, { word, layer, label, mark }) {
    if (label !== undefined) return null;
    if (mark !== undefined) return decisionOf(scene.record.header.marks[mark]);
    return layer === undefined ? { word: scene.state.word === word ? null : word } : { depth: layer };
  },

  /** Left and right go through the words of the text, up and down through the ranks; Enter pins the word. */
  key(scene, event) {
    const { record, state } = scene;
    const words = wordsOf(record);
    const now = scene.hover?.word ?? state.word;
    if (event.key === "Enter" || event.key === " ")
      return now === null ? null : { word: now === state.word ? null : now };
    const next = words.length ? walked(scene, words, now, event.key) : null;
    return next === null ? null : { hover: { word: next, place: words[next].first } };
  },

  current(scene) {
    const word = wordsOf(scene.record)[scene.state.word];
    return word ? { word: word.word, place: word.first } : null;
  },

  /** Returns the box to scroll to: the word under the keyboard's cursor. */
  focus(scene) {
    const word = wordsOf(scene.record)[scene.hover?.word ?? scene.state.word];
    if (!word) return null;
    const layout = layoutOf(scene);
    const block = layout.blocks.find((each) => each.text === word.text);
    const box = block?.flow.boxes(word.start, word.end)[0];
    return box ? { x: layout.margin + box.x, y: block.y + box.y, width: box.width, height: box.height } : null;
  },
};

/** Returns the patch that explains a mark; null for one that has no explanation. */
function decisionOf({ decision }) {
  return decision === null ? null : { decision };
}

/** Returns whether a method's values for a layer include the layers before it. */
function collects(method) {
  return method === "rollout" || method === "gradient";
}

/** Returns the word that a key leads to from word `now`; null where the key leads nowhere. */
function walked(scene, words, now, key) {
  const within = (place, count) => Math.max(0, Math.min(count - 1, place));
  if (key === "Home" || key === "End") return key === "Home" ? 0 : words.length - 1;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    if (now === null || !words[now]) return key === "ArrowRight" ? 0 : words.length - 1;
    // In a right-to-left line, the next word is on the left.
    const block = layoutOf(scene).blocks.find((each) => each.text === words[now].text);
    const turned = block?.flow.lines[block.flow.lineOf(words[now].start)]?.right;
    return within(now + ((key === "ArrowRight") !== Boolean(turned) ? 1 : -1), words.length);
  }
  const { attribution } = layoutOf(scene);
  if (!attribution || (key !== "ArrowDown" && key !== "ArrowUp")) return null;
  const order = decisive(scene.record, attribution).map((each) => each.word);
  const at = order.indexOf(now);
  return order[at < 0 ? 0 : within(at + (key === "ArrowDown" ? 1 : -1), order.length)];
}

function drawHead(painter, scene, layout) {
  const { theme, record } = scene;
  const { attribution, margin } = layout;
  if (!layout.ranked.length) {
    const none = attribution
      ? "There is no word to colour."
      : "No attribution was logged for this text, so it is not coloured.";
    painter.text(none, margin, margin + 12, { size: layout.size, weight: 600, maxWidth: layout.textWidth });
    return;
  }
  const layer = collects(attribution.method) ? `layers 0 to ${attribution.layer}` : `layer ${attribution.layer}`;
  const what = attribution.layers > 1 ? `${attribution.title}, ${layer}` : attribution.title;
  painter.text(what, margin, margin + 12, { size: layout.size + 2, weight: 600, maxWidth: layout.textWidth });
  const [less, more] = signWords(attribution);
  const [low, high] = [
    attribution.signed ? `${less} ${decimal(-mostOf(scene, layout))}` : "0",
    decimal(mostOf(scene, layout)),
  ];
  const colour = (part) =>
    colourOf(theme, attribution, attribution.signed ? 2 * part - 1 : part) ?? rgbOf(theme.background);
  const title = attribution.target ? `for ${attribution.target}` : "";
  const most = attribution.signed ? `${more} ${high}` : high;
  const place = { x: margin, y: margin + 40, width: 120, maxWidth: layout.textWidth };
  drawLegend(painter, theme, { ...place, title, low, high: most, colour });
}

/** Returns the meanings of negative and positive values. */
function signWords({ changed }) {
  return changed ? ["less", "more"] : ["against", "for"];
}

/** Returns the largest absolute value that is coloured, in both panes where they show the same method. */
function mostOf(scene, { attribution }) {
  const beside = scene.beside && attributionOf(scene.beside);
  const own = largestOf(scene, attribution);
  return beside?.method === attribution.method ? Math.max(own, largestOf(scene.beside, beside)) : own;
}

/** Returns the largest absolute value of a scene. Special tokens, which often have larger ones, are not coloured. */
function largestOf({ record, state }, attribution) {
  const tokens = record.tokens.filter((token) => !token.special);
  const values = state.words ? attribution.words : tokens.map((token) => attribution.values[token.place]);
  return Math.max(1e-12, ...values.filter((value) => value !== undefined).map(Math.abs));
}

const UNKNOWN = "[UNK]"; // a text that holds these letters has them as other pieces

/** Returns whether the model reads some piece of a word as unknown. */
function isUnread(record, word) {
  return record.tokens.some((token) => token.word === word && !token.special && token.piece === UNKNOWN);
}

/** Returns the colour of a value as a share of the largest one, -1 to 1: blue for, orange against. */
function colourOf(theme, attribution, share) {
  if (attribution.signed) return theme.diverging(0.85 * share);
  return theme.sequential(0.85 * share);
}

/** Returns the parts that are coloured, words or tokens, in the order of the text: {start, end, value, word}. */
function partsOf(scene, attribution, text) {
  const { record, state } = scene;
  if (state.words) {
    const words = wordsOf(record).filter((word) => word.text === text);
    return words.map(({ start, end, word }) => ({
      start,
      end,
      word,
      value: attribution ? attribution.words[word] : 0,
    }));
  }
  const tokens = record.tokens.filter((token) => token.text === text);
  return tokens.map(({ start, end, word, place }) => ({
    start,
    end,
    word,
    value: attribution ? attribution.values[place] : 0,
  }));
}

function drawBlock(painter, scene, layout, block, active) {
  const { theme } = scene;
  const { attribution, margin, size } = layout;
  painter.text(block.title, margin, block.top + 10, { size: layout.small - 2, weight: 600, fill: theme.muted });
  if (block.empty) {
    painter.text("(empty text)", margin, block.y + block.flow.lineHeight / 2, { size, fill: theme.muted });
    return;
  }
  const most = mostOf(scene, layout);
  const baseline = Math.round(block.flow.lineHeight / 2 + size * 0.35);
  const tint = Math.round(size * 1.4);
  const inset = (block.flow.lineHeight - tint) / 2;
  block.flow.draw(painter, margin, block.y, baseline, scene.viewport, (chunk) =>
    chunk.start >= block.read || chunk.end <= block.readFrom ? theme.muted : theme.ink,
  );
  for (const part of partsOf(scene, attribution, block.text)) {
    for (const box of block.flow.boxes(part.start, part.end)) {
      if (!inSight(scene, block.y + box.y, box.height)) continue;
      const [x, y] = [margin + box.x, block.y + box.y + inset];
      const colour = colourOf(theme, attribution ?? {}, part.value / most);
      painter.rect(x, y, box.width, tint, { fill: css(colour) });
      // The word is drawn again in a readable ink, cut at the part's edges, so that letters still join across parts.
      const [ink, right] = [inkOn(colour), box.x + box.width];
      const again = () => block.flow.drawLine(painter, box.line, margin, block.y, baseline, () => ink, box.x, right);
      painter.clip(x, y, box.width, tint, again);
      if (part.word === active) drawMark(painter, theme, x, y, box.width, tint, part.word === scene.state.word);
    }
  }
  drawUnread(painter, scene, layout, block);
  drawCuts(painter, scene, layout, block);
}

/** Draws a dotted line under what the vocabulary lacks. */
function drawUnread(painter, scene, layout, block) {
  const { theme, record } = scene;
  for (const token of record.tokens.filter((each) => each.text === block.text && each.piece === UNKNOWN)) {
    for (const box of block.flow.boxes(token.start, token.end)) {
      const y = block.y + box.y + (block.flow.lineHeight + layout.size * 1.4) / 2 - 1;
      const style = { stroke: theme.ink, lineWidth: 2, dash: [2, 3] };
      if (inSight(scene, y, 2)) painter.line(layout.margin + box.x, y, layout.margin + box.x + box.width, y, style);
    }
  }
}

function drawMark(painter, theme, x, y, width, height, pinned) {
  painter.line(x, y + height + 2, x + width, y + height + 2, { stroke: theme.ink, lineWidth: pinned ? 3 : 2 });
  painter.line(x, y - 2, x + width, y - 2, { stroke: theme.ink, lineWidth: pinned ? 3 : 2 });
}

function drawCuts(painter, scene, layout, block) {
  const { theme } = scene;
  const style = { size: layout.small - 1, fill: theme.muted };
  const before = block.cutBefore ? "The context begins before" : "";
  const said = block.cutAfter ? `${before ? `${before} and` : "The context"} goes on behind` : before;
  const beyond = [...block.flow.points.slice(0, block.readFrom), ...block.flow.points.slice(block.read)];
  const unread = !block.cutAfter && beyond.join("").trim() !== "";
  const grey =
    block.text === 0 && scene.record.header.windows
      ? "What is grey is read in other windows of the text."
      : "What is grey was cut off: the model did not read it.";
  const unknown = scene.record.tokens.some((each) => each.text === block.text && each.piece === UNKNOWN);
  const shown = [
    (said && `${said}: see the answer view`) || (unread ? grey : ""),
    unknown ? "Dotted: not in the vocabulary, read as [UNK]." : "",
  ]
    .filter(Boolean)
    .join("  ");
  if (shown) painter.text(shown, layout.margin + layout.textWidth, block.top + 10, { ...style, align: "right" });
}

/** Draws the special tokens as chips, with their share of all values. */
function drawSpecials(painter, scene, layout) {
  const { theme, record } = scene;
  const { attribution, margin, small } = layout;
  const specials = record.tokens.filter((token) => token.special);
  const sum = (tokens) => tokens.reduce((total, token) => total + Math.abs(attribution.values[token.place]), 0);
  const share = sum(specials) / (sum(record.tokens) || 1);
  const y = layout.specialsTop + 18;
  let x = margin;
  for (const token of specials) {
    const text = `${token.label} ${decimal(attribution.values[token.place])}`;
    const width = painter.measure(text, { size: small, mono: true }) + 16;
    painter.rect(x, y - 12, width, 24, { fill: theme.surface, stroke: theme.grid });
    painter.text(text, x + 8, y, { size: small, mono: true });
    x += width + 8;
  }
  const told = `hold ${Math.round(100 * share)} % of everything and are not coloured`;
  painter.text(told, x + 4, y, {
    size: small,
    fill: theme.muted,
    maxWidth: Math.max(0, margin + layout.textWidth - x - 4),
  });
}

function drawNotes(painter, scene, layout) {
  const { theme } = scene;
  const { notes, margin, small } = layout;
  const y = layout.notesTop;
  if (notes.correlation) {
    const { value } = notes.correlation;
    const name = `Rank correlation with ${notes.correlation.with}`;
    painter.text(name, margin, y + 12, { size: small });
    const x = margin + painter.measure(name, { size: small }) + 12;
    painter.text(signedText(value), x, y + 12, { size: layout.size, weight: 700 });
    drawCorrelation(painter, theme, value, x + 64, y + 12);
    painter.text(inWords(value), margin, y + 38, {
      size: small,
      fill: theme.muted,
      maxWidth: layout.textWidth,
    });
  }
  const lineHeight = Math.round(small * 1.5);
  for (const { flow, y: at } of notes.flows)
    flow.draw(painter, margin, y + at, lineHeight * 0.72, scene.viewport, () => theme.muted);
}

/** Draws a correlation, -1 to 1, as a dot on a line. */
function drawCorrelation(painter, theme, correlation, x, y) {
  const width = 110;
  painter.line(x, y, x + width, y, { stroke: theme.grid, lineWidth: 3 });
  painter.line(x + width / 2, y - 6, x + width / 2, y + 6, { stroke: theme.muted });
  painter.rect(x + (width * (correlation + 1)) / 2 - 3, y - 7, 6, 14, { fill: theme.accent });
}

function inSight(scene, y, height) {
  return y + height >= scene.viewport.y && y <= scene.viewport.y + scene.viewport.height;
}

// The answer view: windows, start and end probabilities over the running text, the best spans, and "no answer".

import { probability } from "../../records/numbers.js";
import { firstBehind, headShift, layoutOf, panelTop, tokenAt } from "./layout.js";
import { drawList, spanAt } from "./list.js";
import { drawHead, height, sideColours, windowAt } from "./strip.js";

export const view = {
  id: "answer",
  title: "Answer",
  about: "Where a reader takes the answer to start and end, over the whole context, and what else it might have said.",

  applies: (record) => record.header.task === "answer" && Boolean(record.header.answer),

  layers: () => [],

  controls(state, record) {
    const { windows, shown } = record.header.answer;
    if (windows.length < 2) return [];
    const label = (place) => `Window ${place + 1}${place === shown ? " (of the other views)" : ""}`;
    const options = windows.map((_, place) => ({ value: place, label: label(place) }));
    return [
      { kind: "select", name: "window", label: "Show", options: [{ value: null, label: "Whole context" }, ...options] },
    ];
  },

  extent(scene) {
    const { width, height: tall } = layoutOf(scene);
    return { width, height: tall };
  },

  draw(painter, scene) {
    const layout = layoutOf(scene);
    const candidate = scene.hover?.candidate ?? scene.state.candidate;
    drawContext(painter, scene, layout, candidate);
    const { viewport, theme } = scene;
    const left = layout.panelX - 24;
    if (layout.beside)
      painter.rect(left, viewport.y, layout.panelWidth + 48, viewport.height, { fill: theme.background });
    drawList(painter, scene, layout, panelTop(scene, layout), candidate);
    if (layout.beside) painter.line(left, viewport.y, left, viewport.y + viewport.height, { stroke: theme.grid });
    drawHead(painter, scene, layout);
  },

  hit(scene, x, y) {
    const layout = layoutOf(scene);
    const shift = headShift(scene, layout);
    if (y >= shift && y < shift + layout.headHeight - 6) {
      const window = windowAt(scene, layout, x, y);
      return window === null ? null : { window };
    }
    const candidate = spanAt(scene, layout, panelTop(scene, layout), x, y);
    if (candidate !== null) return { candidate };
    const point = layout.flow.at(x - layout.margin, y - layout.textTop);
    const token = point < 0 ? -1 : tokenAt(scene.record.header.answer, point);
    return token < 0 ? null : { token };
  },

  describe(scene, thing) {
    const { record } = scene;
    const { answer } = record.header;
    if (thing.window !== undefined) return windowInWords(record, thing.window);
    if (thing.candidate !== undefined) {
      const span = answer.n_best[thing.candidate];
      const rank = `Rank ${thing.candidate + 1} of ${answer.n_best.length}`;
      return `“${span.text}”: ${probability(span.score)}\n${rank}, characters ${span.start} to ${span.end}`;
    }
    const text = record.slice(1, answer.token_starts[thing.token], answer.token_ends[thing.token]);
    const [start, end] = [answer.start_probabilities[thing.token], answer.end_probabilities[thing.token]];
    return `“${text}”\nThe answer starts here with ${probability(start)}, ends here with ${probability(end)}`;
  },

  click(scene, thing) {
    const { state } = scene;
    const toggled = (key) => (state[key] === thing[key] ? null : thing[key]);
    if (thing.window !== undefined) return { window: toggled("window"), candidate: null, reveal: true };
    if (thing.candidate !== undefined) return { candidate: toggled("candidate"), reveal: true };
    return null;
  },

  /** Up and down go through the best spans, left and right through the windows; Enter resets both. */
  key(scene, event) {
    const { state, record } = scene;
    const { n_best: spans, windows } = record.header.answer;
    const onward = event.key === "ArrowDown" || event.key === "ArrowRight";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      return { candidate: walked(state.candidate, spans.length, onward), hover: null };
    }
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      return { window: walked(state.window, windows.length, onward), candidate: null, hover: null };
    }
    if (event.key !== "Enter") return null;
    return scene.hover?.candidate === undefined
      ? { candidate: null, window: null }
      : { candidate: scene.hover.candidate };
  },

  current({ state }) {
    if (state.candidate !== null) return { candidate: state.candidate };
    return state.window === null ? null : { window: state.window };
  },

  /** Returns the box to scroll to, with room for the head: the chosen span, else the start of the chosen window. */
  focus(scene) {
    const { record, state } = scene;
    const { n_best: spans, windows } = record.header.answer;
    return this.lineBox(scene, spans[state.candidate]?.start ?? windows[state.window]?.start);
  },

  /** Returns the box to scroll to when a document is opened: that of the answer, or of what was chosen. */
  opening(scene) {
    return this.focus(scene) ?? this.lineBox(scene, scene.record.header.answer.predicted?.start);
  },

  lineBox(scene, start) {
    if (start === undefined) return null;
    const layout = layoutOf(scene);
    const line = layout.flow.lines[layout.flow.lineOf(start)];
    const above = layout.headHeight <= 0.5 * scene.viewport.height ? layout.headHeight : 0;
    return {
      x: layout.margin,
      y: layout.textTop + line.top - above,
      width: layout.textWidth,
      height: line.height + above,
    };
  },
};

function walked(place, count, onward) {
  if (!count) return null;
  if (place === null) return onward ? 0 : count - 1;
  return Math.max(0, Math.min(count - 1, place + (onward ? 1 : -1)));
}

function windowInWords(record, place) {
  const { windows, shown } = record.header.answer;
  const { start, end, tokens } = windows[place];
  const which = place === shown ? "the one that the other views show" : "click to see what it reads";
  return `Window ${place + 1} of ${windows.length}: ${which}\nCharacters ${start} to ${end}, ${tokens} tokens`;
}

/** Draws the visible lines: probabilities on a track above each line, spans behind the words. */
function drawContext(painter, scene, layout, candidate) {
  const { theme, record, state } = scene;
  const { answer } = record.header;
  const { flow, margin, textTop } = layout;
  if (!record.codePoints[1].length) {
    painter.text("(empty context)", margin, textTop + 20, { size: layout.size, fill: theme.muted });
    return;
  }
  const [first, last] = flow.visible(scene.viewport.y - textTop, scene.viewport.y + scene.viewport.height - textTop);
  if (last <= first) return;
  const sight = { start: flow.lines[first].start, end: flow.lines[last - 1].end };
  const filled = { fill: theme.accent, alpha: theme.name === "dark" ? 0.38 : 0.25 };
  if (answer.predicted) drawBehind(painter, layout, sight, answer.predicted, filled);
  const chosen = answer.n_best[candidate];
  if (chosen) drawBehind(painter, layout, sight, chosen, { fill: theme.muted, alpha: 0.3 });
  const window = answer.windows[state.window] ?? null;
  const within = (part, start) => start >= part.start && start < part.end;
  const inside = ({ start }) => window === null || within(window, start) || (chosen && within(chosen, start));
  const baseline = layout.track + layout.size * 1.1;
  flow.draw(painter, margin, textTop, baseline, scene.viewport, (chunk) => (inside(chunk) ? theme.ink : mixed(theme)));
  for (const gold of answer.gold ?? [])
    drawBehind(painter, layout, sight, gold, { stroke: theme.ink, lineWidth: 1.5 }, 3);
  if (chosen) drawBehind(painter, layout, sight, chosen, { stroke: theme.accent, lineWidth: 2 }, 1);
  drawProbabilities(painter, scene, layout, sight);
}

/** Returns the colour of text outside the chosen window. */
function mixed(theme) {
  return theme.name === "dark" ? "#85898f" : "#9aa1ab";
}

function drawBehind(painter, layout, sight, span, style, grow = 0) {
  const { flow, margin, textTop, track, size } = layout;
  const [start, end] = [Math.max(span.start, sight.start), Math.min(span.end, sight.end)];
  for (const box of flow.boxes(start, end)) {
    painter.rect(
      margin + box.x - grow,
      textTop + box.y + track + 3 - grow / 2,
      box.width + 2 * grow,
      size * 1.4 + grow,
      style,
    );
  }
}

/** Draws a bar at the edge of each token where the answer may start or end. */
function drawProbabilities(painter, scene, layout, sight) {
  const { theme, record, hover } = scene;
  const { answer } = record.header;
  const { flow, margin, textTop, track } = layout;
  const colours = sideColours(theme);
  const lines = new Set();
  const tall = (probability) => height(probability) * (track - 3);
  const until = firstBehind(answer.token_ends, sight.end);
  for (
    let token = firstBehind(answer.token_ends, sight.start);
    token <= until && token < answer.token_ends.length;
    token++
  ) {
    const [start, end] = [tall(answer.start_probabilities[token]), tall(answer.end_probabilities[token])];
    const marked = hover?.token === token;
    if (start < 0.5 && end < 0.5 && !marked) continue;
    const boxes = flow.boxes(answer.token_starts[token], answer.token_ends[token]);
    if (!boxes.length) continue;
    const [from, to] = [boxes[0], boxes.at(-1)];
    const bar = Math.min(4, from.width / 2);
    const ground = (box) => textTop + box.y + track;
    for (const { line } of [from, to]) lines.add(line);
    const [left, right] = [
      margin + from.x + (from.right ? from.width - bar : 0),
      margin + to.x + (to.right ? 0 : to.width - bar),
    ];
    if (start >= 0.5) painter.rect(left, ground(from) - start, bar, start, { fill: colours.start });
    if (end >= 0.5) painter.rect(right, ground(to) - end, bar, end, { fill: colours.end });
    const under = ground(from) + layout.size * 1.45;
    if (marked) painter.line(margin + from.x, under, margin + from.x + from.width, under, { lineWidth: 2 });
  }
  for (const line of lines) {
    const y = textTop + flow.lines[line].top + track;
    painter.line(margin, y, margin + layout.textWidth, y, { stroke: theme.grid, alpha: 0.7 });
  }
}

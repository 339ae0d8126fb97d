// Chooses the lines of the head view: the strongest of each token, or those of one token.
import { strongest } from "../../records/weights.js";

// More lines cannot be told apart, and drawing them takes longer than a frame.
const MOST_OF_A_TOKEN = 24;
const MOST = 1500;

/** @typedef {{head: number, from: number, to: number, weight: number}} Link */

/** Returns the heads to draw: the one under the pointer, else the chosen ones. */
export function chosenHeads({ record, state, hover }) {
  if (hover?.kind === "head") return [hover.head];
  return state.heads ?? Array.from({ length: record.heads }, (_, head) => head);
}

/** Returns the token whose lines alone are shown: the one under the pointer, else the pinned one; null for none. */
export function focusOf({ state, hover, units }) {
  if (hover?.kind === "token" && !(state.token !== null && hover.side === "to")) return hover;
  const pinned = state.token !== null && units.some((unit) => unit.place === state.token);
  return pinned ? { kind: "token", side: "from", place: state.token } : null;
}

const cache = new WeakMap();

/**
 * Returns the lines of all tokens, weakest first, so that strong ones are drawn on top.
 * @returns {Link[]}
 */
export function allLinks(weights, layout, scene) {
  const { state } = scene;
  const heads = chosenHeads(scene);
  const key = [
    heads,
    state.top,
    state.threshold,
    state.filter,
    state.specials,
    layout.rows.length,
    layout.columns.length,
  ].join("/");
  const kept = cache.get(weights) ?? {};
  if (kept.key !== key) {
    const places = layout.columns.map((unit) => unit.place);
    const most = state.top || MOST_OF_A_TOKEN;
    const links = layout.rows.flatMap((unit) => strongest(weights, heads, unit.place, most, state.threshold, places));
    cache.set(weights, { key, links: links.sort(byStrength) });
  }
  return cache.get(weights).links;
}

/**
 * Returns the lines of one token, weakest first: those from it or, in the right column, those to it.
 * @returns {Link[]}
 */
export function linksOf(weights, layout, scene, focus) {
  const { state } = scene;
  return every(weights, layout, chosenHeads(scene), focus, state.threshold).slice(-(state.top || Infinity));
}

/** Returns all links of one token with at least a given absolute weight, weakest first. */
export function every(weights, layout, heads, focus, threshold) {
  if (focus.side === "from")
    return strongest(
      weights,
      heads,
      focus.place,
      0,
      threshold,
      layout.columns.map((unit) => unit.place),
    ).reverse();
  const links = [];
  for (const head of heads) {
    for (const { place } of layout.rows) {
      const weight = weights.at(head, place, focus.place);
      if (weight !== 0 && Math.abs(weight) >= threshold) links.push({ head, from: place, to: focus.place, weight });
    }
  }
  return links.sort(byStrength);
}

/** Returns the strongest links that cross the visible rows, `first` to `last`. */
export function inSight(links, layout, first, last) {
  const crossing = links.filter((link) => {
    const from = layout.rowAt.get(link.from);
    const to = layout.columnAt.get(link.to);
    return Math.max(from, to) >= first && Math.min(from, to) <= last;
  });
  return crossing.slice(-MOST);
}

function byStrength(one, other) {
  return Math.abs(one.weight) - Math.abs(other.weight);
}

// How a weight of one head is coloured and written in the head view.
import { css, headColor } from "../../drawing/theme.js";
import { weightText } from "../../records/numbers.js";

/**
 * Returns the colour of a weight: by its head, or for a difference by its sign.
 * @param {object} scene
 * @param {number} head
 * @param {number} weight
 * @returns {string}
 */
export function weightColour({ theme, signed }, head, weight) {
  return signed ? css(theme.diverging(weight < 0 ? -0.7 : 0.7)) : headColor(theme, head);
}

/**
 * Writes a weight, a difference with its sign.
 * @param {object} scene
 * @param {number} weight
 * @returns {string}
 */
export function writtenWeight({ signed }, weight) {
  return signed && weight > 0 ? `+${weightText(weight)}` : weightText(weight);
}

// How keys and the wheel change a zoom.

const KEY_FACTORS = { "+": 1.25, "=": 1.25, "-": 0.8, "−": 0.8 };
const WHEEL_FACTOR = 1.2;

/**
 * Multiplies a zoom, within bounds.
 * @param {number} zoom
 * @param {number} factor
 * @param {number} least
 * @param {number} most
 * @returns {number} Rounded to hundredths.
 */
export function zoomed(zoom, factor, least, most) {
  return Math.round(Math.max(least, Math.min(zoom * factor, most)) * 100) / 100;
}

/**
 * Returns what + and − change in a view that zooms by itself, from 1 up to a maximum.
 * @param {object} scene
 * @param {KeyboardEvent} event
 * @param {number} most
 * @returns {{zoom: number} | null} A patch of the state; null for another key.
 */
export function zoomOfKey(scene, event, most) {
  const factor = KEY_FACTORS[event.key];
  return factor ? { zoom: zoomed(scene.state.zoom, factor, 1, most) } : null;
}

/**
 * Returns what Ctrl and the wheel change in a view that zooms by itself, from 1 up to a maximum.
 * @param {object} scene
 * @param {WheelEvent} event
 * @param {number} most
 * @returns {{zoom: number} | null} A patch of the state; null without Ctrl.
 */
export function zoomOfWheel(scene, event, most) {
  if (!event.ctrlKey) return null;
  const factor = event.deltaY < 0 ? WHEEL_FACTOR : 1 / WHEEL_FACTOR;
  return { zoom: zoomed(scene.state.zoom, factor, 1, most) };
}

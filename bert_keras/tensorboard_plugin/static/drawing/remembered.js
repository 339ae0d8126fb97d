// Keeps what is computed from a scene, since it is needed several times for each move of the pointer.

/**
 * Returns a function that calls `compute` once for each scene, and again where the scene's size has changed.
 * @template T
 * @param {(scene: object) => T} compute
 * @returns {(scene: object) => T}
 */
export function remembered(compute) {
  const known = new WeakMap();
  return (scene) => {
    const { width, height } = scene.size;
    const found = known.get(scene);
    if (found && found.width === width && found.height === height) return found.value;
    const value = compute(scene);
    known.set(scene, { width, height, value });
    return value;
  };
}

// What is computed of a scene is computed once: it is asked for with each move of the pointer.

/**
 * Makes a function of a scene remember what it gave for the scene, as long as its size is the same.
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

// Saves a view as a PNG or SVG file: the whole view, not only the visible part.
import { CanvasPainter, SvgPainter } from "../drawing/painter.js";

const LARGEST_SIDE = 16384;
const LARGEST_AREA = 120e6;

/**
 * Extends a scene's visible part to the whole view, and returns its size.
 * @param {object} view
 * @param {import("../drawing/scene.js").Scene} scene It has the window's size, by which views lay themselves out.
 */
function whole(view, scene) {
  const { width, height } = view.extent(scene);
  const size = { width: Math.ceil(Math.max(width, 1)), height: Math.ceil(Math.max(height, 1)) };
  scene.viewport = { x: 0, y: 0, ...size };
  return size;
}

/** Returns a view as an SVG document. */
export function svgPicture(view, scene) {
  const { width, height } = whole(view, scene);
  const painter = new SvgPainter(width, height, scene.theme);
  painter.rect(0, 0, width, height, { fill: scene.theme.background });
  view.draw(painter, scene);
  return painter.toString();
}

/** Returns a view as a PNG of two pixels per CSS pixel, or fewer where a canvas cannot hold as many. */
export async function pngPicture(view, scene) {
  const { width, height } = whole(view, scene);
  const ratio = Math.min(2, LARGEST_SIDE / Math.max(width, height), Math.sqrt(LARGEST_AREA / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(width * ratio);
  canvas.height = Math.floor(height * ratio);
  const context = canvas.getContext("2d");
  context.fillStyle = scene.theme.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(ratio, ratio);
  view.draw(new CanvasPainter(context, scene.theme), scene);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("The browser could not make a picture so large: try SVG."))),
      "image/png",
    );
  });
}

/** Has the browser save a file. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** Returns a file name that says what the picture shows, in characters that every file system accepts. */
export function pictureName(view, state, record, ending) {
  const layer = ["heads", "matrix"].includes(view.id) ? `layer${state.layer}` : "";
  const parts = ["attention", view.id, layer, record.header.name, `step${state.step}`];
  const plain = parts
    .filter(Boolean)
    .join("-")
    .replace(/[^\p{L}\p{N}._-]+/gu, "_");
  return `${Array.from(plain).slice(0, 80).join("")}.${ending}`;
}

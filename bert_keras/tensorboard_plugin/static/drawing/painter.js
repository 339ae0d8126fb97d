// Painters, on which views draw: one for a canvas on the screen, one for an SVG file. Coordinates are CSS pixels.

const SANS = 'Roboto, "Segoe UI", "Helvetica Neue", Arial, "Noto Sans", sans-serif';
const MONO = '"Roboto Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';

let measuring = null;

/**
 * Returns the CSS font for the options of a text.
 * @param {{size?: number, weight?: number|string, mono?: boolean}} options
 */
export function font({ size = 12, weight = 400, mono = false } = {}) {
  return `${weight} ${size}px ${mono ? MONO : SANS}`;
}

/** Returns the width of a text in CSS pixels, the same for both painters: a file has the layout of the screen. */
export function measureText(string, options) {
  measuring ??= document.createElement("canvas").getContext("2d");
  measuring.font = font(options);
  return measuring.measureText(string).width;
}

/**
 * Returns `string`, cut between code points and with an ellipsis if it is wider than `maxWidth`: at its end, or with
 * `cut: "middle"` so that beginning and end stay, by which long names that begin alike differ.
 */
export function fitted(string, maxWidth, options) {
  if (maxWidth === undefined || measureText(string, options) <= maxWidth) return string;
  const points = Array.from(string);
  const tail = (count) => (options?.cut === "middle" ? count >> 1 : 0);
  const shortened = (count) => {
    const end = points.slice(points.length - tail(count)).join("");
    return `${points.slice(0, count - tail(count)).join("")}…${end}`;
  };
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measureText(shortened(middle), options) <= maxWidth) low = middle;
    else high = middle - 1;
  }
  return low === 0 && measureText("…", options) > maxWidth ? "" : shortened(low);
}

/** Draws on a 2-D canvas context whose transformation already maps CSS pixels to device pixels. */
export class CanvasPainter {
  constructor(context, theme) {
    this.context = context;
    this.theme = theme;
  }

  rect(x, y, width, height, { fill, stroke, alpha = 1, lineWidth = 1 } = {}) {
    const { context } = this;
    context.globalAlpha = alpha;
    if (fill) {
      context.fillStyle = fill;
      context.fillRect(x, y, width, height);
    }
    if (stroke) this.#pen(stroke, lineWidth).strokeRect(x, y, width, height);
    context.globalAlpha = 1;
  }

  line(x1, y1, x2, y2, { stroke = this.theme.ink, alpha = 1, lineWidth = 1, dash = [] } = {}) {
    const { context } = this;
    context.globalAlpha = alpha;
    this.#pen(stroke, lineWidth).setLineDash(dash);
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** Draws a curve that starts and ends horizontally. */
  curve(x1, y1, x2, y2, { stroke = this.theme.ink, alpha = 1, lineWidth = 1 } = {}) {
    const { context } = this;
    const middle = (x1 + x2) / 2;
    context.globalAlpha = alpha;
    this.#pen(stroke, lineWidth).beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
    context.stroke();
    context.globalAlpha = 1;
  }

  /** Draws text at (x, y), turned clockwise around that point by `rotate` degrees, and cut at `maxWidth`. */
  text(string, x, y, options = {}) {
    const { fill = this.theme.ink, align = "left", baseline = "middle", rotate = 0, alpha = 1, maxWidth } = options;
    const { context } = this;
    const shown = fitted(String(string), maxWidth, options);
    context.globalAlpha = alpha;
    context.font = font(options);
    context.fillStyle = fill;
    context.textAlign = align;
    context.textBaseline = baseline;
    context.direction = "ltr";
    if (rotate) {
      context.save();
      context.translate(x, y);
      context.rotate((rotate * Math.PI) / 180);
      context.fillText(shown, 0, 0);
      context.restore();
    } else {
      context.fillText(shown, x, y);
    }
    context.globalAlpha = 1;
  }

  measure(string, options) {
    return measureText(String(string), options);
  }

  /** Stretches pixels `{width, height, data: RGBA}` over a rectangle, unsmoothed; `data` must not change later. */
  image(pixels, x, y, width, height) {
    const { context } = this;
    context.imageSmoothingEnabled = false;
    context.drawImage(pixelCanvas(pixels), x, y, width, height);
  }

  /** Cuts what `draw()` draws at a rectangle. */
  clip(x, y, width, height, draw) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
  }

  #pen(stroke, lineWidth) {
    this.context.strokeStyle = stroke;
    this.context.lineWidth = lineWidth;
    return this.context;
  }
}

// Kept, since a grid draws hundreds of them again with each move of the pointer, and pixels do not change once made.
const canvases = new WeakMap();

function pixelCanvas(pixels) {
  if (!canvases.has(pixels)) canvases.set(pixels, newPixelCanvas(pixels));
  return canvases.get(pixels);
}

function newPixelCanvas({ width, height, data }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pixels = data instanceof Uint8ClampedArray ? data : new Uint8ClampedArray(data);
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

const BASELINES = { top: "text-before-edge", middle: "central", bottom: "text-after-edge", alphabetic: "alphabetic" };
const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };

/** Draws into an SVG document, which `toString()` returns. */
export class SvgPainter {
  #parts = [];
  #clips = 0;

  constructor(width, height, theme) {
    this.width = width;
    this.height = height;
    this.theme = theme;
  }

  rect(x, y, width, height, { fill, stroke, alpha = 1, lineWidth = 1 } = {}) {
    const pen = stroke ? { stroke, "stroke-width": lineWidth } : {};
    this.#add("rect", { x, y, width, height, fill: fill ?? "none", ...pen, opacity: alpha });
  }

  line(x1, y1, x2, y2, { stroke = this.theme.ink, alpha = 1, lineWidth = 1, dash = [] } = {}) {
    const dashes = dash.length ? { "stroke-dasharray": dash.join(" ") } : {};
    this.#add("line", { x1, y1, x2, y2, stroke, "stroke-width": lineWidth, opacity: alpha, ...dashes });
  }

  curve(x1, y1, x2, y2, { stroke = this.theme.ink, alpha = 1, lineWidth = 1 } = {}) {
    const middle = short((x1 + x2) / 2);
    const path = `M${short(x1)} ${short(y1)}C${middle} ${short(y1)} ${middle} ${short(y2)} ${short(x2)} ${short(y2)}`;
    this.#add("path", { d: path, fill: "none", stroke, "stroke-width": lineWidth, opacity: alpha });
  }

  text(string, x, y, options = {}) {
    const { fill = this.theme.ink, size = 12, align = "left", baseline = "middle", weight = 400 } = options;
    const { mono = false, rotate = 0, alpha = 1, maxWidth } = options;
    const turned = rotate ? { transform: `rotate(${rotate} ${short(x)} ${short(y)})` } : {};
    const attributes = {
      x,
      y,
      fill,
      opacity: alpha,
      "font-size": size,
      "font-weight": weight,
      "font-family": mono ? MONO : SANS,
      "text-anchor": ANCHORS[align],
      "dominant-baseline": BASELINES[baseline] ?? "central",
      ...turned,
    };
    this.#add("text", attributes, escaped(fitted(String(string), maxWidth, options)));
  }

  measure(string, options) {
    return measureText(String(string), options);
  }

  image(pixels, x, y, width, height) {
    const href = pixelCanvas(pixels).toDataURL("image/png");
    this.#add("image", { x, y, width, height, preserveAspectRatio: "none", style: "image-rendering: pixelated", href });
  }

  clip(x, y, width, height, draw) {
    const name = `clip${++this.#clips}`;
    this.#parts.push(`<clipPath id="${name}">`);
    this.rect(x, y, width, height, { fill: "#000" });
    this.#parts.push(`</clipPath><g clip-path="url(#${name})">`);
    draw();
    this.#parts.push("</g>");
  }

  toString() {
    const [width, height] = [short(this.width), short(this.height)];
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${this.#parts.join("\n")}\n</svg>\n`;
  }

  #add(name, attributes, content = "") {
    const written = Object.entries(attributes)
      .filter(([key, value]) => !(key === "opacity" && value === 1))
      .map(([key, value]) => `${key}="${typeof value === "number" ? short(value) : escaped(String(value))}"`);
    this.#parts.push(`<${name} ${written.join(" ")}${content ? `>${content}</${name}>` : "/>"}`);
  }
}

function short(number) {
  return String(Math.round(number * 100) / 100);
}

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

// Tokens come from the log: none may become markup, and characters that XML forbids would make the file unreadable.
function escaped(string) {
  const named = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return string
    .toWellFormed()
    .replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"']/g, (character) => named[character]);
}

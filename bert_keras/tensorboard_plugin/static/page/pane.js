// A pane: a canvas that scrolls, follows the pointer and the keyboard, and describes what is under them.
import { CanvasPainter } from "../drawing/painter.js";
import { zoomed } from "../drawing/zoom.js";
import { element } from "./elements.js";

/**
 * @typedef {object} Listeners
 * @property {(patch: object) => void} patch Changes the state.
 * @property {(thing: object|null) => void} hover Takes note of the thing under the pointer.
 * @property {(event: KeyboardEvent) => boolean} key Handles the keys of the whole page; returns whether it was one.
 */

export class Pane {
  #view = null;
  #makeScene = null;
  #complete = false;
  #listeners;
  #frame = 0;
  #draws = 0;
  #pointer = null;
  #reveals = false;
  #opens = false;
  #text = null;
  #speaks = false;
  #anchor = null;
  #pointsAt = null;

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
    this.hover = null;
    this.canvas = element("canvas", { class: "bk-canvas", tabindex: 0, role: "application" });
    this.content = element("div", { class: "bk-content" }, this.canvas);
    this.scroller = element("div", { class: "bk-scroller" }, this.content);
    this.tooltip = element("div", { class: "bk-tooltip", hidden: true });
    this.spoken = element("div", { class: "bk-spoken", "aria-live": "polite" });
    this.title = element("div", { class: "bk-pane-title" });
    this.root = element("section", { class: "bk-pane" }, this.title, this.scroller, this.tooltip, this.spoken);
    this.#listen();
  }

  /**
   * Shows a view.
   * @param {object} view
   * @param {(hover: object|null) => import("../drawing/scene.js").Scene} makeScene
   * @param {{complete: boolean, title: Node[]|null, label: string}} how
   *   `complete`: whether all layers that the view needs are loaded.
   */
  show(view, makeScene, { complete, title, label }) {
    const { header } = makeScene(null).record;
    const text = JSON.stringify([header.first, header.second]);
    if (this.#view !== view || this.#text !== text) this.#opens = true;
    if (this.#view !== view) {
      this.hover = null;
      this.tooltip.hidden = true;
      this.scroller.scrollTo(0, 0);
    }
    this.#text = text;
    this.#view = view;
    this.#makeScene = makeScene;
    this.#complete = complete;
    this.title.replaceChildren(...(title ?? []));
    this.title.hidden = !title;
    this.canvas.setAttribute("aria-label", label);
    this.redraw();
  }

  /** Draws with the browser's next frame. */
  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Marks a thing as if the pointer were on it, since the pointer is on it in the other pane. */
  mark(thing) {
    if (same(thing, this.hover)) return;
    this.hover = thing;
    this.redraw();
  }

  /** Returns the scene as it is on the screen; null while nothing is shown. */
  scene() {
    if (!this.#view) return null;
    const scene = this.#makeScene(this.hover);
    const zoom = this.#zoom(scene);
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.scroller;
    scene.size = { width: clientWidth / zoom, height: clientHeight / zoom };
    scene.viewport = { x: scrollLeft / zoom, y: scrollTop / zoom, ...scene.size };
    return scene;
  }

  /** Returns the zoom of the whole picture: views with a `wheel` zoom by themselves; a wide window enlarges all. */
  #zoom(scene) {
    const base = Math.max(1, Math.min(window.innerWidth / 1700, 1.4));
    return this.#view.wheel ? base : base * scene.state.zoom;
  }

  /** Returns how many CSS pixels of the screen one pixel of the view takes. */
  scale() {
    return this.#zoom(this.#makeScene(null));
  }

  #draw() {
    if (!this.#view || !this.scroller.clientWidth) return;
    const scene = this.#laidOut();
    const zoom = this.#zoom(scene);
    const { clientWidth: width, clientHeight: height, scrollLeft, scrollTop } = this.scroller;
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.fillStyle = scene.theme.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * zoom, 0, 0, ratio * zoom, -scrollLeft * ratio, -scrollTop * ratio);
    this.#view.draw(new CanvasPainter(context, scene.theme), scene);
    canvas.dataset.view = this.#view.id;
    if (this.#speaks) this.#speak(scene);
    else if (this.#complete) this.#renew(scene);
    if (this.#complete) canvas.dataset.ready = ++this.#draws;
    if (this.#pointsAt) this.#tellBeside();
  }

  /** Sizes the content and returns the scene; lays out twice where a scroll bar appears and takes room. */
  #laidOut() {
    for (let round = 0; round < 2; round++) {
      const scene = this.scene();
      const zoom = this.#zoom(scene);
      const { width, height } = this.#view.extent(scene);
      const { clientWidth, clientHeight } = this.scroller;
      this.content.style.width = `${Math.max(Math.floor(width * zoom), clientWidth)}px`;
      this.content.style.height = `${Math.max(Math.floor(height * zoom), clientHeight)}px`;
      this.canvas.style.width = `${clientWidth}px`;
      this.canvas.style.height = `${clientHeight}px`;
      if (clientWidth === this.scroller.clientWidth && clientHeight === this.scroller.clientHeight) break;
    }
    if (this.#opens && this.#view.opening) this.#reveal((scene) => this.#view.opening(scene));
    this.#opens = false;
    if (this.#reveals) this.#reveal((scene) => this.#view.focus?.(scene));
    if (this.#anchor) this.#hold();
    return this.scene();
  }

  /** Scrolls after a zoom so that the same thing is under the pointer again. */
  #hold() {
    const { thing, x, y } = this.#anchor;
    this.#anchor = null;
    const scene = this.scene();
    const zoom = this.#zoom(scene);
    const place = this.#view.anchor?.(scene, thing);
    const box = this.canvas.getBoundingClientRect();
    if (place) this.scroller.scrollTo(place.x * zoom - (x - box.left), place.y * zoom - (y - box.top));
  }

  /** Scrolls to a box of the view: where the keyboard's cursor is, or what is opened. */
  #reveal(boxOf) {
    this.#reveals = false;
    const scene = this.scene();
    const box = boxOf(scene);
    if (!box) return;
    const zoom = this.#zoom(scene);
    const { viewport } = scene;
    const margin = 48;
    const target = { left: this.scroller.scrollLeft, top: this.scroller.scrollTop };
    if (box.y < viewport.y + margin) target.top = (box.y - margin) * zoom;
    if (box.y + box.height > viewport.y + viewport.height - margin)
      target.top = (box.y + box.height + margin - viewport.height) * zoom;
    if (box.x < viewport.x) target.left = (box.x - margin) * zoom;
    if (box.x + box.width > viewport.x + viewport.width)
      target.left = (box.x + box.width + margin - viewport.width) * zoom;
    this.scroller.scrollTo(target);
  }

  #listen() {
    const { canvas, scroller } = this;
    scroller.addEventListener("scroll", () => this.redraw(), { passive: true });
    new ResizeObserver(() => this.redraw()).observe(scroller);
    canvas.addEventListener("pointermove", (event) => this.#point(event));
    canvas.addEventListener("pointerdown", (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => this.#hover(null, null));
    canvas.addEventListener("click", (event) => this.#click(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #place(event) {
    const scene = this.scene();
    const zoom = this.#zoom(scene);
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) / zoom + scene.viewport.x;
    const y = (event.clientY - box.top) / zoom + scene.viewport.y;
    return { scene, x, y, thing: this.#view.hit(scene, x, y) ?? null };
  }

  #point(event) {
    if (!this.#view) return;
    const { scene, thing } = this.#place(event);
    this.#pointer = { x: event.clientX, y: event.clientY };
    this.#hover(thing, scene);
  }

  #hover(thing, scene) {
    if (!same(thing, this.hover)) {
      this.hover = thing;
      this.canvas.style.cursor = thing ? "pointer" : "";
      this.#listeners.hover(thing);
      if (thing) this.#tell(this.#view.describe(Object.assign(scene, { hover: thing }), thing));
      this.redraw();
    }
    this.#placeTooltip(thing !== null);
  }

  #tell(description) {
    this.spoken.textContent = description ?? "";
    this.tooltip.textContent = description ?? "";
  }

  #placeTooltip(shown) {
    const { tooltip } = this;
    tooltip.hidden = !shown || !tooltip.textContent;
    if (tooltip.hidden) return;
    const { x, y } = this.#pointer;
    const { offsetWidth, offsetHeight } = tooltip;
    const left = x + 16 + offsetWidth > window.innerWidth ? x - 12 - offsetWidth : x + 16;
    const top = y + 18 + offsetHeight > window.innerHeight ? y - 10 - offsetHeight : y + 18;
    tooltip.style.left = `${Math.max(4, left)}px`;
    tooltip.style.top = `${Math.max(4, top)}px`;
  }

  #click(event) {
    if (!this.#view) return;
    const { scene, thing } = this.#place(event);
    if (thing) this.#apply(this.#view.click(scene, thing, event));
    else if (scene.state.token !== null || scene.state.word !== null) this.#apply({ token: null, word: null });
  }

  #key(event) {
    if (!this.#view || this.#listeners.key(event)) return;
    const patch = this.#view.key(this.scene(), event) ?? null;
    if (patch === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.tooltip.hidden = true;
    this.#reveals = true;
    this.#speaks = true;
    this.#pointsAt = patch.hover ?? null;
    this.#apply(patch);
  }

  /** Describes what the keyboard's cursor is on, once the new state is drawn. */
  #speak(scene) {
    this.#speaks = false;
    const thing = this.hover ?? this.#view.current?.(scene) ?? null;
    if (thing) this.#tell(this.#view.describe(scene, thing));
  }

  /** Updates the tooltip of a resting pointer: another step or layer has other numbers. */
  #renew(scene) {
    if (!this.hover || this.tooltip.hidden) return;
    const description = this.#view.describe(scene, this.hover) ?? "";
    if (description !== this.tooltip.textContent) this.#tell(description);
  }

  /** Places the tooltip beside what the keyboard's cursor is on, after scrolling there. */
  #tellBeside() {
    const thing = this.#pointsAt;
    this.#pointsAt = null;
    const scene = this.scene();
    const place = this.#view.anchor?.(scene, thing);
    if (!place) return;
    const zoom = this.#zoom(scene);
    const box = this.canvas.getBoundingClientRect();
    this.#pointer = {
      x: box.left + (place.x - scene.viewport.x) * zoom,
      y: box.top + (place.y - scene.viewport.y) * zoom,
    };
    this.#placeTooltip(true);
  }

  /** Applies a view's patch: `hover` is the thing under the keyboard's cursor, `reveal` scrolls there. */
  #apply(patch) {
    if (!patch) return;
    const { hover, reveal = false, ...rest } = patch;
    if (reveal) this.#reveals = true;
    if (hover !== undefined) {
      this.hover = hover;
      this.#listeners.hover(hover);
    }
    if (Object.keys(rest).length) this.#listeners.patch(rest);
    this.redraw();
  }

  #wheel(event) {
    if (!this.#view || !event.ctrlKey) return;
    event.preventDefault();
    const { scene, x, y, thing } = this.#place(event);
    if (this.#view.wheel) {
      if (thing) this.#anchor = { thing, x: event.clientX, y: event.clientY };
      this.#apply(this.#view.wheel(scene, event, x, y));
    } else {
      this.#apply({ zoom: enlarged(scene.state.zoom, event.deltaY < 0 ? 1.15 : 1 / 1.15) });
    }
  }
}

/** Returns the zoom of a whole picture multiplied by a factor, within what is readable. */
export function enlarged(zoom, factor) {
  return zoomed(zoom, factor, 0.25, 4);
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

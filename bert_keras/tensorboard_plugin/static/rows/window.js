// A list of any length of which only the lines in sight are elements: scrolling stays smooth with 100,000 rows.

const HEIGHT = 30; // CSS pixels of a line, as in the style sheet
const BEYOND = 8; // lines above and below those in sight

export class ListWindow {
  #items = [];
  #at = 0;
  #make;
  #open;
  #choose;
  #frame = 0;
  #lines;

  /**
   * @param {HTMLElement} root Its content is replaced; it scrolls.
   * @param {(item: any, chosen: boolean) => HTMLElement} make Makes the line of an item.
   * @param {(item: any) => void} open Called with the item that is double-clicked, or at the cursor with Enter.
   * @param {(item: any) => void} choose Called with the item that the cursor comes to, by a key or a click.
   */
  constructor(root, make, open, choose) {
    this.root = root;
    this.#make = make;
    this.#open = open;
    this.#choose = choose;
    this.#lines = document.createElement("div");
    this.#lines.className = "bk-lines";
    root.replaceChildren(this.#lines);
    root.addEventListener("scroll", () => this.redraw(), { passive: true });
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("dblclick", () => this.#items[this.#at] && this.#open(this.#items[this.#at]));
    new ResizeObserver(() => this.redraw()).observe(root);
  }

  /** Shows other items from the first one on. */
  show(items) {
    this.#items = items;
    this.#at = 0;
    this.root.scrollTop = 0;
    this.#lines.style.height = `${items.length * HEIGHT}px`;
    this.redraw();
  }

  /** Sets the cursor to an item and scrolls there; not if it is not shown. */
  go(item) {
    const place = this.#items.indexOf(item);
    if (place < 0) return;
    this.#at = place;
    this.root.scrollTop = Math.max(0, place * HEIGHT - this.root.clientHeight / 2);
    this.redraw();
  }

  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const { scrollTop, clientHeight } = this.root;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(this.#items.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + BEYOND);
    const made = [];
    for (let place = first; place < last; place++) {
      const line = this.#make(this.#items[place], place === this.#at);
      line.style.top = `${place * HEIGHT}px`;
      line.id = `bk-line-${place}`;
      line.dataset.place = place;
      line.setAttribute("aria-rowindex", place + 1);
      made.push(line);
    }
    this.#lines.replaceChildren(...made);
    this.root.setAttribute("aria-rowcount", this.#items.length);
    this.root.setAttribute("aria-activedescendant", `bk-line-${this.#at}`);
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.root.clientHeight / HEIGHT) - 1);
    const last = this.#items.length - 1;
    if (event.key === "Enter" && this.#items[this.#at]) {
      event.preventDefault();
      this.#open(this.#items[this.#at]);
      return;
    }
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -last, End: last }[event.key];
    if (by === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.#at = Math.max(0, Math.min(last, this.#at + by));
    const top = this.#at * HEIGHT;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    const bottom = top + HEIGHT - this.root.clientHeight;
    if (bottom > this.root.scrollTop) this.root.scrollTop = bottom;
    this.redraw();
    this.#choose(this.#items[this.#at]);
  }

  #click(event) {
    const place = Number(event.target.closest("[data-place]")?.dataset.place ?? NaN);
    if (!this.#items[place]) return;
    this.#at = place;
    this.redraw();
    this.#choose(this.#items[place]);
  }
}

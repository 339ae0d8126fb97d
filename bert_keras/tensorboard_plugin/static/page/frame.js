// Everything around the pictures: pickers, tabs, controls, buttons, facts and error messages.
import { controls } from "./controls.js";
import { decisionControls } from "./decisions.js";
import { element, replaceKeepingFocus } from "./elements.js";
import { caution, exactness, nothingYet, problemList, summary } from "./facts.js";
import { keyList } from "./keys.js";
import { enlarged } from "./pane.js";
import { pickers } from "./pickers.js";
import { RowTable } from "./row_table.js";
import { STYLE } from "./style.js";
import { Typing } from "./typing.js";
import { VIEWS } from "./views.js";

/**
 * @typedef {object} Page What the frame shows and acts on.
 * @property {import("../records/state.js").State} state
 * @property {import("../records/record.js").AttentionRecord|null} record The record in the first pane.
 * @property {object} view
 * @property {import("../records/catalogue.js").Catalogue} catalogue
 * @property {import("./player.js").Player} player
 * @property {boolean} live Whether new steps may appear while the page is open.
 * @property {boolean} sideBySide Whether two pictures are shown.
 * @property {boolean} compared Whether two records are shown, side by side or subtracted.
 * @property {(patch: object) => Promise<void>} change Applies a patch to the state.
 * @property {string|null} takes What the model takes that this TensorBoard holds, if any.
 * @property {(asked: object) => Promise<string>} predict Returns what the model predicts for a typed text.
 * @property {(asked: object) => Promise<void>} look Looks at a typed text and shows it.
 * @property {boolean} hasRows Whether the rows that a run has predicted can be asked for.
 * @property {() => Promise<void>} showRows Opens the table of rows.
 * @property {(row: object) => Promise<string|null>} openRow Looks inside a row; returns why it cannot.
 * @property {(key: string) => Promise<any[][]|null>} neighbours Returns the nearest training rows of a row.
 * @property {() => Promise<void>} reload Lists the log's examples again.
 * @property {(ending: string) => Promise<void>} save Saves the pictures as files.
 * @property {() => string|null} address Returns the link to what is shown.
 */

export class Frame {
  #app;
  #dragging = false;
  #waits = 0;

  /**
   * @param {HTMLElement} root Its content is replaced.
   * @param {Page} app
   * @param {import("./pane.js").Pane[]} panes
   */
  constructor(root, app, panes) {
    this.#app = app;
    this.pickers = element("div", { class: "bk-pickers" });
    this.actions = element("div", { class: "bk-actions", role: "toolbar", "aria-label": "Picture" });
    this.tabs = element("div", {
      class: "bk-tabs",
      role: "tablist",
      "aria-label": "Views",
      onkeydown: (event) => this.#moveTab(event),
    });
    this.controls = element("div", { class: "bk-controls" });
    this.summary = element("div", { class: "bk-summary" });
    this.about = element("div", { class: "bk-about" });
    this.notice = element("div", { class: "bk-notice", role: "alert", hidden: true });
    this.nothing = element("div", { class: "bk-nothing", hidden: true });
    this.panes = element(
      "main",
      { class: "bk-panes", id: "bk-panes", role: "tabpanel" },
      ...panes.map((pane) => pane.root),
    );
    this.rows = new RowTable(
      (row) => app.openRow(row),
      () => this.closeRows(),
      (key) => app.neighbours(key),
      () => this.theme,
    );
    this.typing = new Typing(app);
    this.footer = element("footer", { class: "bk-footer" });
    this.progress = element("div", { class: "bk-progress", hidden: true, role: "status" }, "Loading…");
    this.help = element("aside", { class: "bk-help", id: "bk-help", "aria-label": "Keys", hidden: true });
    const header = element("header", { class: "bk-bar" }, this.pickers, this.actions);
    const second = element("div", { class: "bk-bar bk-second" }, this.tabs, this.controls);
    this.exact = element("div", {});
    const small = element("div", { class: "bk-small" }, this.about, this.exact);
    const told = element("div", { class: "bk-told" }, this.summary, small);
    const style = element("style", {}, STYLE);
    this.root = element(
      "div",
      { class: "bk", "data-empty": "true" },
      style,
      header,
      second,
      this.typing.root,
      told,
      this.notice,
      this.nothing,
      this.panes,
      this.rows.root,
      this.footer,
      this.help,
      this.progress,
    );
    root.replaceChildren(this.root);
    this.#watchDragging();
  }

  setTheme(theme) {
    this.theme = theme;
    this.root.dataset.theme = theme.name;
    for (const name of ["background", "surface", "ink", "muted", "grid", "accent"])
      this.root.style.setProperty(`--${name}`, theme[name]);
    document.documentElement.style.colorScheme = theme.name;
    this.rows.setTheme();
  }

  /** Updates everything around the pictures to the state. */
  update() {
    const app = this.#app;
    const { record, state, view } = app;
    if (!record) return;
    this.root.dataset.empty = "false";
    this.nothing.hidden = true;
    this.#complain(this.#notes());
    const change = (patch) => app.change(patch);
    if (!this.#busy(this.pickers)) replaceKeepingFocus(this.pickers, pickers(app.catalogue, state, change, app.player));
    if (!this.#busy(this.controls))
      replaceKeepingFocus(
        this.controls,
        controls([...decisionControls(record), ...view.controls(state, record)], state, change),
      );
    replaceKeepingFocus(this.tabs, this.#tabButtons());
    replaceKeepingFocus(this.actions, this.#actionButtons());
    this.typing.update(app.takes, record.header);
    this.summary.replaceChildren(...summary(record, app.compared));
    if (!this.help.hidden) this.help.replaceChildren(...keyList(view));
    this.about.textContent = view.about;
    this.about.title = view.about;
    this.exact.replaceChildren(exactness(record));
    const method = record.header.methods?.integrated_gradients ? "integrated_gradients" : "gradient";
    this.footer.replaceChildren(caution(() => app.change({ view: "text", method })));
  }

  /** Opens the list of keys, or closes it. */
  toggleHelp(open = this.help.hidden) {
    this.help.hidden = !open;
    if (open) this.help.replaceChildren(...keyList(this.#app.view));
  }

  /** Shows the table of rows instead of the pictures. */
  openRows(sent, logged) {
    this.panes.hidden = true;
    this.root.dataset.rows = "true";
    this.rows.root.hidden = false;
    this.rows.show(sent, logged);
  }

  closeRows() {
    this.panes.hidden = false;
    this.root.dataset.rows = "false";
    this.rows.root.hidden = true;
  }

  /** Shows how to write a log, while there is no record. */
  empty() {
    this.root.dataset.empty = "true";
    this.nothing.hidden = false;
    this.nothing.replaceChildren(nothingYet(this.#app.catalogue.problems, this.#app.live));
  }

  /** Shows an error; the last picture stays. */
  fail(error) {
    if (!this.#app.record) this.root.dataset.empty = "failed";
    this.#complain([error.message || String(error)], true);
  }

  /** Removes an error message that no longer applies. */
  settled() {
    if (this.#app.catalogue?.empty) this.empty();
    else if (this.#app.record) this.#complain(this.#notes());
  }

  /** Shows that something is loading, if it takes long enough to be noticed. */
  async waiting(promise) {
    this.#waits++;
    const timer = setTimeout(() => (this.progress.hidden = false), 250);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      if (--this.#waits === 0) this.progress.hidden = true;
    }
  }

  #notes() {
    const { state, catalogue } = this.#app;
    const notes = [...catalogue.problems];
    if (state.compare === "difference" && this.#app.sideBySide) {
      notes.push(
        "These are two different texts, or models of different shapes: their weights cannot be subtracted, " +
          "and stand side by side.",
      );
    }
    return notes;
  }

  #complain(lines, again = false) {
    this.notice.hidden = lines.length === 0;
    const retry = again
      ? element("button", { type: "button", class: "bk-button", onclick: () => this.#app.change({}) }, "Try again")
      : null;
    this.notice.replaceChildren(...problemList(lines), ...(retry ? [retry] : []));
  }

  #tabButtons() {
    const { record, view } = this.#app;
    return VIEWS.map((each, place) => {
      const applies = each.applies(record);
      const chosen = each === view;
      const title = applies
        ? `${each.about} (key ${place + 1})`
        : `This example has nothing for this view: ${each.about}`;
      const attributes = {
        type: "button",
        role: "tab",
        title,
        disabled: !applies,
        "aria-selected": String(chosen),
        "aria-controls": "bk-panes",
        tabindex: chosen ? 0 : -1,
      };
      return element(
        "button",
        {
          ...attributes,
          "data-name": `tab-${each.id}`,
          "data-view": each.id,
          onclick: () => this.#app.change({ view: each.id }),
        },
        each.title,
      );
    });
  }

  #moveTab(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const open = [...this.tabs.children].filter((tab) => !tab.disabled);
    const next = open[open.indexOf(document.activeElement) + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  }

  #actionButtons() {
    const app = this.#app;
    const { state, view } = app;
    const ownZoom = view.wheel || view.controls(state, app.record).some((control) => control.name === "zoom");
    const zoom = (factor) => app.change({ zoom: factor ? enlarged(state.zoom, factor) : 1 });
    const address = app.address();
    return [
      ...(ownZoom
        ? []
        : [
            button("zoom-out", "−", "Smaller (−)", () => zoom(0.8)),
            button("zoom", `${Math.round(state.zoom * 100)} %`, "Back to 100 %", () => zoom(0)),
            button("zoom-in", "+", "Larger (+)", () => zoom(1.25)),
            element("span", { class: "bk-gap" }),
          ]),
      app.hasRows ? button("rows", "All rows", "All rows that the run has predicted", () => app.showRows()) : null,
      button("png", "PNG", "Save the whole of this view as a picture", () => app.save("png")),
      button("svg", "SVG", "Save the whole of this view as a drawing for papers", () => app.save("svg")),
      address
        ? button("link", "Copy link", "Copy a link to exactly what is shown", (event) =>
            copied(event.currentTarget, app.address()),
          )
        : null,
      app.live ? button("reload", "Reload", "Look for new steps and texts now", () => app.reload()) : null,
      button("help", "?", "What keys and pointer do here (?)", () => this.toggleHelp()),
    ].filter(Boolean);
  }

  // Replacing a slider while it is dragged would end the dragging.
  #watchDragging() {
    this.root.addEventListener("pointerdown", (event) => (this.#dragging = event.target.type === "range"));
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, () => {
        if (this.#dragging) setTimeout(() => this.update());
        this.#dragging = false;
      });
    }
  }

  #busy(bar) {
    return this.#dragging && bar.contains(document.activeElement);
  }
}

function button(name, text, title, onclick) {
  return element(
    "button",
    { type: "button", class: "bk-button", title, "aria-label": title, "data-name": name, onclick },
    text,
  );
}

/** Copies an address and says so on the button; where the browser forbids both ways, points to the address bar. */
async function copied(target, address) {
  try {
    await navigator.clipboard.writeText(address);
    target.textContent = "Copied";
  } catch {
    const area = element("textarea", { class: "bk-spoken" }, address);
    document.body.append(area);
    area.select();
    target.textContent = document.execCommand("copy") ? "Copied" : "See address bar";
    area.remove();
  }
  setTimeout(() => (target.textContent = "Copy link"), 1500);
}

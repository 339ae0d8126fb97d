// The page itself: holds the state, loads the records that it needs, and has the views draw them.
import { Scene } from "../drawing/scene.js";
import { currentTheme, onThemeChange } from "../drawing/theme.js";
import { onTensorBoardReload } from "../host.js";
import { Catalogue } from "../records/catalogue.js";
import { TYPED } from "../records/live.js";
import { sameTokens } from "../records/record.js";
import { fitting, newState } from "../records/state.js";
import { RecordStore } from "../records/store.js";
import { element } from "./elements.js";
import { outcome } from "./facts.js";
import { Frame } from "./frame.js";
import { Link } from "./link.js";
import { Pane, enlarged } from "./pane.js";
import { download, pictureName, pngPicture, svgPicture } from "./picture.js";
import { Player } from "./player.js";
import { VIEWS, viewOf } from "./views.js";

const LOOK_AGAIN = 30000;
const FETCHED_AHEAD = 64 * 2 ** 20;
const MOST_TAGS = 200; // whose headers are read to find the rows that are logged
const ROW_LENGTH = 2000; // code points of a row's text that the server sends

export class App {
  #source;
  #store;
  #link = new Link();
  #catalogue = null;
  #frame;
  #panes;
  #shown = [];
  #turn = 0;
  #tagOf = () => null;
  #run = null; // the run of the log that was shown last: what is typed has no rows
  #player;

  /**
   * @param {HTMLElement} root Its content is replaced.
   * @param {import("../records/source.js").ServerSource|import("../records/source.js").EmbeddedSource} source
   */
  constructor(root, source) {
    this.#source = source;
    this.#store = new RecordStore(source);
    this.state = newState(this.#link.read());
    this.#player = new Player(
      (first) => this.#advance(first),
      () => this.#frame.update(),
    );
    this.#panes = [0, 1].map((place) => this.#pane(place));
    this.#frame = new Frame(root, this, this.#panes);
  }

  get live() {
    return this.#source.live;
  }

  get catalogue() {
    return this.#catalogue;
  }

  get player() {
    return this.#player;
  }

  /** The record in the first pane; null while nothing is shown. */
  get record() {
    return this.#shown[0]?.record ?? null;
  }

  get view() {
    return viewOf(this.state.view, this.record);
  }

  /** Whether two pictures are shown side by side. */
  get sideBySide() {
    return this.#shown.length > 1;
  }

  /** Whether two records are shown, side by side or one minus the other. */
  get compared() {
    return this.sideBySide || Boolean(this.#shown[0]?.other);
  }

  /** Draws the first picture, and from then on follows the theme, the address and the log. */
  async start() {
    this.#frame.setTheme(currentTheme());
    onThemeChange((theme) => {
      this.#frame.setTheme(theme);
      this.#panes.forEach((pane) => pane.redraw());
    });
    this.#link.onChange((patch) => this.change(newState(patch)));
    document.addEventListener("keydown", (event) => this.#documentKey(event));
    this.#publish();
    await this.reload();
    if (!this.live) return;
    const lookAgain = () => this.#visible() && this.reload();
    setInterval(lookAgain, LOOK_AGAIN);
    onTensorBoardReload(lookAgain);
  }

  /** Lists the log's examples again; where the last step was shown, shows the new last step. */
  async reload() {
    try {
      const catalogue = new Catalogue(await this.#source.examples());
      const before = this.#catalogue;
      if (before && !catalogue.differs(before)) return this.#frame.settled();
      const { run, tag, step } = this.state;
      const follows = before && !before.empty && step === before.steps(run, tag).at(-1);
      this.#catalogue = catalogue;
      if (follows) this.state.step = catalogue.steps(run, tag).at(-1) ?? null;
      await this.#refresh();
    } catch (error) {
      this.#frame.fail(error);
    }
  }

  /** Applies a patch to the state, and shows the new state. */
  change(patch) {
    const before = this.state;
    const state = { ...before, ...patch };
    if (!("decision" in patch) && ["run", "tag"].some((key) => state[key] !== before[key])) state.decision = null;
    if (state.view !== before.view && !("zoom" in patch)) state.zoom = 1;
    if (state.words !== before.words && state.token !== null && this.record)
      state.token = otherUnit(this.record, before, state);
    this.state = state;
    if (["view", "run", "tag"].some((key) => state[key] !== before[key])) this.#frame.closeRows();
    return this.#refresh();
  }

  /** What the model takes that this TensorBoard holds: "text", "pair" or "question"; null where there is none. */
  get takes() {
    return this.#source.takes ?? null;
  }

  /** Returns what the model predicts for a typed text, in words. */
  predict(asked) {
    return this.#source.predict(asked);
  }

  /** Looks at a typed text and shows it, in the view that is open. */
  async look(asked) {
    const address = await this.#source.look(asked);
    this.#catalogue = new Catalogue(this.#source.known());
    await this.change(address);
  }

  /** Whether the rows that a run has predicted can be asked for. */
  get hasRows() {
    return Boolean(this.#source.rows);
  }

  /** Opens the table of all rows that the run has predicted, with marks at those that are in the log. */
  async showRows() {
    try {
      const run = this.#run;
      const [sent, tags] = await this.#frame.waiting(Promise.all([this.#source.rows(run), this.#tagsByText(run)]));
      this.#tagOf = (row) => tags.get(textKey(row.text, row.pair)) ?? null;
      this.#frame.openRows(sent, (row) => this.#tagOf(row) !== null);
    } catch (error) {
      this.#frame.fail(error);
    }
  }

  /** Returns the nearest training rows of a row of the table. */
  neighbours(key) {
    return this.#source.neighbours(this.#run, key);
  }

  /** Shows a row of the table; returns how to look inside where it is not in the log. */
  async openRow(row) {
    const tag = this.#tagOf(row);
    if (tag === null && this.takes === null) return notLogged(row);
    if (tag === null && this.takes === "question") return "This question is not in the log, nor is its context here.";
    this.#frame.closeRows();
    if (tag === null) {
      await this.#frame.waiting(this.look({ first: row.text, second: row.pair, without: [], what: "whole" }));
      return null;
    }
    await this.change({ run: this.#run, tag, step: this.#catalogue.steps(this.#run, tag).at(-1) });
    return null;
  }

  /** Returns the tags of a run by the texts of their records. */
  async #tagsByText(run) {
    const tags = this.#catalogue.tags(run).slice(0, MOST_TAGS);
    const records = tags.map(async (tag) => {
      const { header } = await this.#store.record({ run, tag, step: this.#catalogue.steps(run, tag).at(-1) });
      const pair = header.task === "answer" ? null : (header.second ?? null);
      return [textKey(header.first, pair), tag];
    });
    return new Map((await Promise.allSettled(records)).flatMap(({ value }) => (value ? [value] : [])));
  }

  /** Saves each picture that is shown as a file, "png" or "svg". */
  async save(ending) {
    try {
      for (const [place, pane] of this.#panes.entries()) {
        if (!this.#shown[place]) continue;
        const scene = pane.scene();
        const name = pictureName(this.view, this.state, scene.record, ending);
        const svg = () => new Blob([svgPicture(this.view, scene)], { type: "image/svg+xml" });
        download(ending === "svg" ? svg() : await pngPicture(this.view, scene), name);
      }
    } catch (error) {
      this.#frame.fail(error);
    }
  }

  /** Returns the link to what is shown; null where there is none: what is typed is kept nowhere. */
  address() {
    return this.state.run === TYPED.run ? null : this.#link.address(this.state);
  }

  async #refresh() {
    const turn = ++this.#turn;
    if (!this.#catalogue) return;
    if (this.#catalogue.empty) return this.#frame.empty();
    try {
      const subjects = await this.#frame.waiting(this.#subjects());
      if (turn !== this.#turn) return;
      this.#shown = subjects;
      if (this.state.run !== TYPED.run) this.#link.write(this.state);
      this.#frame.update();
      await this.#frame.waiting(this.#load(turn, subjects));
    } catch (error) {
      if (turn === this.#turn) this.#frame.fail(error);
    }
  }

  /** Returns the subjects that the state names in the current log: one, or two side by side. */
  async #subjects() {
    const address = this.#catalogue.found(this.state);
    const record = (await this.#store.record(address)).at(this.state.decision);
    if (address.run !== TYPED.run) this.#run = address.run;
    this.state = fitting({ ...this.state, ...address }, record);
    this.state.view = viewOf(this.state.view, record).id;
    const single = [{ record, address, other: null, otherAddress: null }];
    if (this.state.compare === null) return single;
    const { otherRun: run, otherTag: tag, otherStep: step } = this.state;
    const otherAddress =
      run === null ? this.#catalogue.counterpart(address) : this.#catalogue.found({ run, tag, step });
    Object.assign(this.state, { otherRun: otherAddress.run, otherTag: otherAddress.tag, otherStep: otherAddress.step });
    const other = (await this.#store.record(otherAddress)).like(record);
    if (this.state.compare === "difference" && sameTokens(record, other))
      return [{ record, address, other, otherAddress }];
    return [...single, { record: other, address: otherAddress, other: null, otherAddress: null }];
  }

  /** Loads the layers that the view needs and draws; a view of several layers is drawn again as each arrives. */
  async #load(turn, subjects) {
    const view = this.view;
    const wanted = subjects.flatMap((subject) => this.#wanted(view, subject));
    if (wanted.length > subjects.length) this.#draw(view, false);
    await Promise.all(
      wanted.map(async ([address, record, layer]) => {
        await this.#store.load(address, record, layer);
        if (turn === this.#turn && wanted.length > subjects.length) this.#panes.forEach((pane) => pane.redraw());
      }),
    );
    if (turn !== this.#turn) return;
    this.#draw(view, true);
    setTimeout(() => this.#fetchAhead(turn, view, subjects), 50);
  }

  #wanted(view, { record, address, other, otherAddress }) {
    const layers = view.layers(fitting(this.state, record), record);
    const own = layers.map((layer) => [address, record, layer]);
    return other ? [...own, ...layers.map((layer) => [otherAddress, other, layer])] : own;
  }

  #draw(view, complete) {
    const compared = this.#shown.length > 1 || this.#shown[0].other !== null;
    const shown = this.#shown; // a pane may draw this once more when others are shown already
    const states = shown.map((subject, place) => this.#stateOf(subject, place));
    const scene = (place, hover, beside) =>
      new Scene(this.#store, shown[place], states[place], this.#frame.theme, hover, beside);
    this.#panes.forEach((pane, place) => {
      const subject = shown[place];
      pane.root.hidden = !subject;
      if (!subject) return;
      const beside = () => (shown.length > 1 ? scene(1 - place, null, null) : null);
      const makeScene = (hover) => scene(place, hover, beside());
      const title = compared ? paneTitle(subject, this.#catalogue.hasSteps) : null;
      const label = `${view.title}: ${view.about} Text: ${subject.record.header.name}.`;
      pane.show(view, makeScene, { complete, title, label });
    });
  }

  #stateOf({ record }, place) {
    const same = place === 0 || sameTokens(record, this.record);
    return fitting(same ? this.state : { ...this.state, token: null, word: null }, record);
  }

  // Loads other layers in advance, the nearest first: whoever looks at one layer soon looks at others.
  async #fetchAhead(turn, view, subjects) {
    const [{ record, address }] = subjects;
    const octets = record.layers * record.heads * record.tokens.length ** 2;
    if (view.layers(this.state, record).length !== 1) return;
    const distance = (layer) => Math.abs(layer - this.state.layer);
    const layers = Array.from({ length: record.layers }, (_, layer) => layer).sort(
      (one, other) => distance(one) - distance(other),
    );
    try {
      for (const layer of octets <= FETCHED_AHEAD ? layers : layers.slice(0, 3)) {
        if (turn !== this.#turn) return;
        await this.#store.load(address, record, layer);
      }
    } catch {
      // An error in a layer that nobody asked for is shown once somebody asks for it.
    }
  }

  #pane(place) {
    return new Pane({
      patch: (patch) => this.change(patch),
      hover: (thing) => {
        const [first, second] = this.#shown;
        if (second && sameTokens(first.record, second.record)) this.#panes[1 - place].mark(thing);
      },
      key: (event) => this.#key(event),
    });
  }

  async #advance(first) {
    const { run, tag, step } = this.state;
    const steps = this.#catalogue.steps(run, tag);
    const place = steps.indexOf(step);
    if (place === steps.length - 1 && !first) return false;
    await this.change({ step: steps[(place + 1) % steps.length] });
    return true;
  }

  /** Handles the keys that mean the same in all views; returns whether the key was one of them. */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.record) return false;
    const patch = this.#keyPatch(event.key);
    if (patch === null) return false;
    event.preventDefault();
    event.stopPropagation();
    this.change(patch);
    return true;
  }

  #keyPatch(key) {
    const { state } = this;
    if (key === "[" || key === "]") {
      const layer = state.layer + (key === "]" ? 1 : -1);
      return layer >= 0 && layer < this.record.layers ? { layer } : null;
    }
    if (key === "?") {
      this.#frame.toggleHelp();
      return {};
    }
    if (key === "Escape") {
      this.#frame.toggleHelp(false);
      this.#panes.forEach((pane) => pane.mark(null));
      return { token: null, word: null };
    }
    if ((key === "+" || key === "-") && !this.view.wheel)
      return { zoom: enlarged(state.zoom, key === "+" ? 1.25 : 0.8) };
    const view = /^[1-9]$/.test(key) ? VIEWS[Number(key) - 1] : undefined;
    return view?.applies(this.record) ? { view: view.id } : null;
  }

  #documentKey(event) {
    const { target } = event;
    const typing =
      target instanceof Element && target.matches("select, textarea, input:not([type=range], [type=checkbox])");
    if (!typing && event.key !== " " && event.key !== "Enter") this.#key(event);
  }

  // The frame of a tab that is not open has no size.
  #visible() {
    return document.visibilityState === "visible" && document.documentElement.clientWidth > 0;
  }

  /** Makes what the first pane shows available to tests, as `window.bertKerasAttention`. */
  #publish() {
    const [pane] = this.#panes;
    const app = this;
    window.bertKerasAttention = {
      get state() {
        return app.state;
      },
      get scene() {
        return pane.scene();
      },
      get view() {
        return app.view;
      },
      get scale() {
        return pane.scale();
      },
    };
  }
}

function textKey(first, second) {
  const cut = (text) => Array.from(text ?? "").slice(0, ROW_LENGTH).join("");
  return JSON.stringify([cut(first), second === null ? null : cut(second)]);
}

/** Returns what to type to look inside a row that is not in the log. */
function notLogged({ text, pair }) {
  const quoted = (words) => `'${words.replaceAll("'", "'\\''")}'`;
  const second = pair === null ? "" : ` --pair ${quoted(pair)}`;
  return `This row is not in the log. To look inside: bert-keras visualize --model RUN --text ${quoted(text)}${second}`;
}

/** Returns the title of a pane among others: what it shows, and what the model predicted for it. */
function paneTitle({ address, record, other, otherAddress }, hasSteps) {
  const name = ({ run, tag, step }) => `${run} · ${tag}${hasSteps ? ` · step ${step}` : ""}`;
  const part = (of, subject) => element("span", { class: "bk-pane-part" }, named(name(of)), outcome(subject));
  return other
    ? [part(address, record), element("span", {}, "−"), part(otherAddress, other)]
    : [part(address, record)];
}

function named(words) {
  return element("span", { class: "bk-pane-name", title: words }, words);
}

/** Returns the place of the pinned token's word, or of the pinned word's first token. */
function otherUnit(record, before, state) {
  const place = record.allUnits(before)[state.token]?.tokens[0];
  const unit = record.allUnits(state).find((each) => each.tokens.includes(place));
  return unit?.place ?? null;
}

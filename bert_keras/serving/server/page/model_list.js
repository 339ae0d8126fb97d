// The list of the server's models, with the states of their versions; one is chosen.
import { element, replaceKeepingFocus } from "./attention/page/elements.js";
import { problem } from "./outcome.js";
import { modelNames, signaturesOf, versionsOf } from "./server.js";
import { inWords, signatureNames, taskOf } from "./task.js";

const STATES = {
  START: "waits to load",
  LOADING: "loads",
  AVAILABLE: "is served",
  UNLOADING: "is going",
  END: "is gone",
};

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {object[]} versions The states of its versions, the highest first.
 * @property {string|null} version The version to ask; null where none is served.
 * @property {object} signatures
 * @property {string} problem Why it cannot be tried; empty if it can.
 */

export class ModelList {
  /** @param {(model: Model|null) => void} chosen Takes the chosen model, again after each look. */
  constructor(chosen) {
    this.#chosen = chosen;
    this.#list = element("div", { class: "list" });
    const again = element("button", { type: "button", onclick: () => this.look() }, "Look again");
    this.root = element(
      "nav",
      { class: "models", "aria-label": "Models" },
      element("h2", {}, "Models"),
      this.#list,
      again,
    );
  }

  #chosen;
  #list;
  #models = [];
  #versions = new Map(); // the version that was chosen, by model; none for the newest

  /** Asks the server what it serves, and shows it. */
  async look() {
    try {
      const names = await modelNames();
      this.#models = await Promise.all(names.map((name) => look(name, this.#versions.get(name))));
      this.choose();
    } catch (error) {
      this.#list.replaceChildren(problem(error));
    }
  }

  /** Shows the model that the address names, else the first that can be tried. */
  choose() {
    const named = new URLSearchParams(location.hash.slice(1)).get("model");
    const first = this.#models.find(({ problem }) => !problem) ?? this.#models[0] ?? null;
    const model = this.#models.find(({ name }) => name === named) ?? first;
    const items = this.#models.map((each) => this.#item(each, each === model));
    replaceKeepingFocus(this.#list, items.length ? items : [element("p", {}, "The server has no models.")]);
    this.#chosen(model);
  }

  #item(model, chosen) {
    const told = model.versions.map((version) => element("span", { class: stateClass(version) }, stateText(version)));
    const task = model.problem ? null : taskOf(model.signatures);
    const facts = model.problem ? [] : [task && inWords(task), signatureNames(model.signatures).join(", ")];
    const button = element(
      "button",
      {
        type: "button",
        class: "model",
        "data-name": `model-${model.name}`,
        "aria-current": chosen ? "true" : null,
        onclick: () => (location.hash = new URLSearchParams({ model: model.name })),
      },
      element("b", { dir: "auto" }, model.name),
      ...told,
      ...facts.filter(Boolean).map((fact) => element("span", { class: "fact" }, fact)),
    );
    return element("div", {}, button, chosen ? this.#versionSelect(model) : null);
  }

  /** Returns a choice of versions; null where a single one is served. */
  #versionSelect(model) {
    const served = available(model.versions);
    if (served.length < 2) return null;
    const wanted = this.#versions.get(model.name) ?? "";
    const options = ["", ...served].map((version) => {
      const words = version ? `version ${version}` : `the newest (${served[0]})`;
      return element("option", { value: version, selected: version === wanted }, words);
    });
    const select = element(
      "select",
      {
        "data-name": "version",
        onchange: (event) => {
          this.#versions.set(model.name, event.target.value);
          this.look();
        },
      },
      ...options,
    );
    return element("label", { class: "version" }, "Try ", select);
  }
}

/** @returns {Promise<Model>} */
async function look(name, wanted) {
  const model = { name, versions: [], version: null, signatures: {}, problem: "" };
  try {
    model.versions = await versionsOf(name);
    const served = available(model.versions);
    model.version = served.includes(wanted) ? wanted : (served[0] ?? null);
    if (model.version === null) model.problem = "No version of this model is served yet.";
    else model.signatures = await signaturesOf(name, model.version);
  } catch (error) {
    model.problem = error.message;
  }
  return model;
}

function available(versions) {
  return versions.filter(({ state }) => state === "AVAILABLE").map(({ version }) => version);
}

function stateText({ version, state, status }) {
  const why = status.error_message ? `: ${status.error_message}` : "";
  return `version ${version} ${STATES[state] ?? state}${why}`;
}

function stateClass({ state, status }) {
  return status.error_message ? "fact problem" : state === "AVAILABLE" ? "fact served" : "fact";
}

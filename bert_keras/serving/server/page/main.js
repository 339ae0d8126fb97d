// The page: the list of models, and the trials of the chosen one.
import { element } from "./attention/page/elements.js";
import { ModelList } from "./model_list.js";
import { problem } from "./outcome.js";
import { QuestionTrial } from "./question_trial.js";
import { TableTrial } from "./table_trial.js";
import { taskOf } from "./task.js";
import { TextTrial } from "./text_trial.js";

const list = new ModelList((model) => show(model));
const panel = element("main", { id: "trial" });
let shown = null;
let asked = null; // the model and the version that the trials ask

document.body.replaceChildren(
  element(
    "header",
    { class: "top" },
    element("h1", {}, "Try a model"),
    element("span", { class: "hint" }, "bert-keras serve"),
  ),
  element("div", { class: "columns" }, list.root, panel),
);
list.look();
// A version may have come or gone while another window was looked at.
window.addEventListener("focus", () => list.look());
window.addEventListener("hashchange", () => list.choose());

/** Shows the trials of a model; if they are shown already, they ask the version of now. */
function show(model) {
  const key = JSON.stringify([model?.name, model?.problem, model?.signatures]);
  if (key === shown) {
    if (model) asked.version = model.version;
    return;
  }
  shown = key;
  asked = model && { name: model.name, version: model.version };
  panel.replaceChildren(...(model ? trials(model) : []));
}

function trials(model) {
  const title = element("h2", { dir: "auto" }, model.name);
  if (model.problem) return [title, problem(new Error(model.problem))];
  const task = taskOf(model.signatures);
  if (task === null) {
    const words = "This version has no signature serving_default that takes texts, so there is nothing to type here.";
    return [title, element("p", {}, words)];
  }
  const Trial = task.kind === "span" ? QuestionTrial : TextTrial;
  const name = task.kind === "span" ? "A question" : task.inputs.length > 1 ? "A pair" : "A text";
  return [
    title,
    tabs([
      { name, root: new Trial(asked, task).root },
      { name: "A table", root: new TableTrial(asked, task).root },
    ]),
  ];
}

/** Returns panels of which one is shown; arrow keys move among their tabs. */
function tabs(panels) {
  const buttons = panels.map(({ name }, place) => {
    return element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${place}`,
        "aria-controls": `panel-${place}`,
        onclick: () => open(place),
      },
      name,
    );
  });
  const bodies = panels.map(({ root }, place) => {
    return element("div", { role: "tabpanel", id: `panel-${place}`, "aria-labelledby": `tab-${place}` }, root);
  });
  const open = (chosen) => {
    for (const [place, button] of buttons.entries()) {
      button.setAttribute("aria-selected", String(place === chosen));
      button.tabIndex = place === chosen ? 0 : -1;
      bodies[place].hidden = place !== chosen;
    }
  };
  const moved = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = by && buttons[buttons.indexOf(document.activeElement) + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  };
  open(0);
  const bar = element(
    "div",
    { class: "tabs", role: "tablist", "aria-label": "What to try", onkeydown: moved },
    ...buttons,
  );
  return element("div", {}, bar, ...bodies);
}

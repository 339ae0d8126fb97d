// The first line of the page: chooses the run, the text and the step, and what they are compared with.
import { element, select } from "./elements.js";

const KEYS = {
  main: { run: "run", tag: "tag", step: "step" },
  other: { run: "otherRun", tag: "otherTag", step: "otherStep" },
};

/**
 * Returns the inputs of the page's first line.
 * @param {import("../records/catalogue.js").Catalogue} catalogue
 * @param {import("../records/state.js").State} state
 * @param {(patch: object) => void} change
 * @param {import("./player.js").Player} player
 * @returns {Node[]}
 */
export function pickers(catalogue, state, change, player) {
  const main = [...sources(catalogue, state, change, "main"), stepSlider(catalogue, state, change, player)];
  const compare = compareSelect(catalogue, state, change);
  const groups = [element("div", { class: "bk-group" }, ...main), element("div", { class: "bk-group" }, compare)];
  if (state.compare) {
    const others = [...sources(catalogue, state, change, "other"), stepSlider(catalogue, state, change, null)];
    const word = state.compare === "difference" ? "minus" : "with";
    groups[1].append(element("span", { class: "bk-word" }, word), ...others);
  }
  return groups;
}

function sources(catalogue, state, change, which) {
  const keys = KEYS[which];
  const run = state[keys.run];
  const steps = (patch) => {
    const found = catalogue.found({ run, tag: state[keys.tag], step: state[keys.step], ...patch });
    change({ [keys.run]: found.run, [keys.tag]: found.tag, [keys.step]: found.step });
  };
  const runs = catalogue.runs.map((each) => ({ value: each, label: each === "." ? "(log folder)" : each }));
  const tags = catalogue.tags(run).map((each) => ({ value: each, label: each }));
  return [
    select({
      name: keys.run,
      label: catalogue.runWord,
      options: runs,
      value: run,
      change: (value) => steps({ run: value }),
    }),
    select({
      name: keys.tag,
      label: "Text",
      options: tags,
      value: state[keys.tag],
      change: (value) => steps({ tag: value }),
    }),
  ];
}

function stepSlider(catalogue, state, change, player) {
  const keys = player ? KEYS.main : KEYS.other;
  const steps = catalogue.steps(state[keys.run], state[keys.tag]);
  const place = steps.indexOf(state[keys.step]);
  if (steps.length < 2)
    return element(
      "span",
      { class: "bk-field bk-step" },
      element("span", {}, "Step"),
      element("b", {}, String(state[keys.step])),
    );
  const output = element("output", { class: "bk-number" }, stepName(steps, place));
  const slider = element("input", {
    type: "range",
    min: 0,
    max: steps.length - 1,
    step: 1,
    value: place,
    "data-name": keys.step,
    "aria-valuetext": stepName(steps, place),
    title: "Steps of training at which this text was looked at",
    oninput: (event) => {
      output.textContent = stepName(steps, Number(event.target.value));
      event.target.setAttribute("aria-valuetext", output.textContent);
      player?.stop();
      change({ [keys.step]: steps[Number(event.target.value)] });
    },
  });
  const label = element("label", { class: "bk-field bk-step" }, element("span", {}, "Step"), slider, output);
  return player ? element("span", { class: "bk-field" }, label, playButton(player)) : label;
}

function stepName(steps, place) {
  return `${steps[place]} (${place + 1} of ${steps.length})`;
}

function playButton(player) {
  const name = player.playing ? "Pause" : "Play";
  const title = player.playing ? "Stop at this step" : "Run through the steps of the training";
  return element(
    "button",
    { type: "button", class: "bk-button", "data-name": "play", title, onclick: () => player.toggle() },
    name,
  );
}

function compareSelect(catalogue, state, change) {
  const options = [
    { value: null, label: "nothing" },
    { value: "side", label: "side by side" },
    {
      value: "difference",
      label: "difference",
      title: "The weights of the first minus those of the second; both must be of the same text",
    },
  ];
  const title = "Two steps, two runs or two texts";
  return select({
    name: "compare",
    label: "Compare",
    options,
    value: state.compare,
    title,
    change: (compare) => {
      if (compare === null || state.otherRun !== null) return change({ compare });
      const { run, tag, step } = catalogue.counterpart(state);
      return change({ compare, otherRun: run, otherTag: tag, otherStep: step });
    },
  });
}

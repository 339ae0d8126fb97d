// The inputs for the controls that a view declares.
import { element, select } from "./elements.js";

/**
 * Returns the inputs for a view's controls.
 * @param {{kind: string, name: string, label: string, options?: {value: any, label: string, title?: string}[],
 *   min?: number, max?: number, step?: number, value?: any, show?: (value: any) => string, title?: string}[]} declared
 * @param {import("../records/state.js").State} state
 * @param {(patch: object) => void} change
 * @returns {Node[]}
 */
export function controls(declared, state, change) {
  return declared.map((control) => {
    const value = control.value === undefined ? state[control.name] : control.value;
    return MAKERS[control.kind]({ ...control, value }, (chosen) => change({ [control.name]: chosen }));
  });
}

const MAKERS = { select: (control, change) => select({ ...control, change }), range, check, buttons };

function range({ name, label, min, max, step, value, show = String, title }, change) {
  const output = element("output", { class: "bk-number" }, show(value));
  const slider = element("input", {
    type: "range",
    min,
    max,
    step,
    value,
    title,
    "data-name": name,
    "aria-valuetext": show(value),
    oninput: (event) => {
      const chosen = Number(event.target.value);
      output.textContent = show(chosen);
      event.target.setAttribute("aria-valuetext", output.textContent);
      change(chosen);
    },
  });
  return element("label", { class: "bk-field" }, element("span", {}, label), slider, output);
}

function check({ name, label, value, title }, change) {
  const box = element("input", {
    type: "checkbox",
    checked: Boolean(value),
    "data-name": name,
    onchange: (event) => change(event.target.checked),
  });
  return element("label", { class: "bk-field bk-check", title }, box, element("span", {}, label));
}

/** Returns a choice of one of several as buttons side by side; arrow keys move among them. */
function buttons({ name, label, options, value, title }, change) {
  const made = options.map((option) => {
    const chosen = option.value === value;
    const listeners = { onclick: () => change(option.value), onkeydown: (event) => moved(event, made) };
    return element(
      "button",
      {
        type: "button",
        role: "radio",
        "aria-checked": String(chosen),
        tabindex: chosen ? 0 : -1,
        title: option.title ?? title,
        "data-name": chosen ? name : null,
        "data-value": option.value,
        ...listeners,
      },
      option.label,
    );
  });
  if (!options.some((option) => option.value === value)) made[0]?.setAttribute("tabindex", 0);
  const group = element("span", { class: "bk-buttons", role: "radiogroup", "aria-label": label }, ...made);
  return element("span", { class: "bk-field" }, element("span", { "aria-hidden": "true" }, label), group);
}

function moved(event, made) {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = made[made.indexOf(event.currentTarget) + by];
  next?.focus();
  next?.click();
}

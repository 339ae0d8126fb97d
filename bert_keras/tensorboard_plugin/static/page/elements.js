// Makes HTML elements. Strings become text nodes, never markup.

/**
 * Makes an element. Attributes `on…` are listeners. Null attributes and children are left out, false attributes too.
 * @param {string} name
 * @param {Object<string, any>} attributes
 * @param {...(Node|string|null)} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Replaces a node's children, and keeps the focus on the control that had it. */
export function replaceKeepingFocus(node, children) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  node.replaceChildren(...children);
  if (focused) node.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Returns a labelled drop-down list. */
export function select({ name, label, options, value, title, change }) {
  const chosen = String(value ?? "");
  const made = element(
    "select",
    { "data-name": name, title, onchange: () => change(options[made.selectedIndex].value) },
    ...options.map((option) => {
      return element(
        "option",
        { value: option.value ?? "", selected: String(option.value ?? "") === chosen, title: option.title },
        option.label,
      );
    }),
  );
  return element("label", { class: "bk-field" }, element("span", {}, label), made);
}

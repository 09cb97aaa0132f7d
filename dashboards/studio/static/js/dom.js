// Elements: made, filled, replaced. Text is always text, never markup.

/**
 * Make an element: `make("button", {class: "quiet", onclick: run, "aria-label": "Go"}, "Go")`.
 * Names that begin with "on" are listeners; true is an empty attribute, false and null none.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Replace what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Set a text only where it differs: the browser lays out again what is set. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

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

const filled = new WeakMap();

/** Fill an element by `children()` only where `key`, which says all that they show, differs from the last time. */
export function refill(element, key, children) {
  if (filled.get(element) === key) return;
  filled.set(element, key);
  fill(element, ...children());
}

/** Make these the children of an element, in this order; those that stay are not moved: what moves is laid out again. */
export function arrange(element, children) {
  children.forEach((child, i) => {
    if (element.children[i] !== child) element.insertBefore(child, element.children[i] ?? null);
  });
  while (element.children.length > children.length) element.lastElementChild.remove();
}

/** Set a text only where it differs: the browser lays out again what is set. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Short ways to the document. */

const known = new Map(); // elements keep their id when they float in a window of their own

/**
 * An element of index.html.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind] class of the element, where more is wanted of it than of any.
 * @returns {T}
 */
export function $(id, kind) {
  const found = known.get(id) ?? document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new TypeError(`index.html has no ${kind?.name ?? "element"} called ${id}`);
  known.set(id, found);
  return /** @type {T} */ (found);
}

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name of the element.
 * @param {Record<string, unknown>} properties set on it; those with a dash, and `role` and `for`, as attributes.
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, String(value));
    else Object.assign(made, { [key]: value });
  }
  made.append(...children);
  return made;
}

/**
 * Set a text only when it differs: screen readers read what is set again, too.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A number as people write it, 2,000. */
export const count = new Intl.NumberFormat("en").format;

/** @param {number} part from 0 to 1 */
export const percent = (part) => `${Math.round(part * 100)} %`;

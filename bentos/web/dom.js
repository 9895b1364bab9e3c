/** Short ways to the document. */

/** @param {string} id */
export const $ = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} name of the element.
 * @param {Record<string, unknown>} properties set on it; those with a dash, and `role` and `for`, as attributes.
 * @param {...(Node|string)} children
 */
export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** Set a text only when it differs: screen readers read what is set again, too. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A number as people write it, 2,000. */
export const count = new Intl.NumberFormat("en").format;

/** @param {number} part from 0 to 1 */
export const percent = (part) => `${Math.round(part * 100)} %`;

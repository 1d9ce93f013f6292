/* Parts of the page: found in a component's markup, or made by script. */

/**
 * The part that a component's markup has at `selector`.
 *
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`There is no ${kind.name} at ${selector}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} Kind
 * @param {Kind} kind
 * @param {string} [name] its class
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Kind]}
 */
export function element(kind, name = "", text = "") {
  const made = document.createElement(kind);
  if (name) made.className = name;
  made.textContent = text;
  if (made instanceof HTMLButtonElement) made.type = "button";
  return made;
}

/**
 * Make an element as the last one in `parent`.
 *
 * @template {keyof HTMLElementTagNameMap} Kind
 * @param {Element} parent
 * @param {Kind} kind
 * @param {string} [name] its class
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Kind]}
 */
export function addElement(parent, kind, name, text) {
  const made = element(kind, name, text);
  parent.append(made);
  return made;
}

/**
 * Make an SVG element as the last one in `parent`.
 *
 * @param {Element} parent
 * @param {string} kind
 * @param {Record<string, string | number>} attributes
 */
export function addShape(parent, kind, attributes) {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, String(value));
  parent.append(shape);
  return shape;
}

/**
 * An image in the frame that tells what it is, such as `cae-synthetic`.
 *
 * @param {string} source
 * @param {string} text
 * @param {string} frame
 */
export function framed(source, text, frame) {
  const holder = element("span", frame);
  const image = addElement(holder, "img");
  image.src = source;
  image.alt = text;
  return holder;
}

/**
 * Say of a button whether it is pressed.
 *
 * @param {Element} button
 * @param {boolean} isPressed
 */
export function setPressed(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}

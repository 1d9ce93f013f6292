/* Where every component begins. Streamlit serves it under an address of the component's own,
   …/cae-<digest>.<room>.<name>/kit/frontend/entry.js; from there it goes on to the component's
   module at the address that all share, so that modules which components share exist once. */
/** @import { Mounted } from "./component.js" */

const [digest, room, name] = import.meta.url.split("/").slice(-4)[0].split(".");
const address = `../../../${digest}.modules/${room}/frontend/${name}.js`;
const { default: mount } = await import(address);

/**
 * Mount the component. Its markup stands on the page before its module has come; until then it
 * is inert, for whatever is pressed in it would be lost.
 *
 * @param {Mounted<unknown>} component
 */
export default function (component) {
  const markup = component.parentElement.querySelector(".cae-component");
  if (markup instanceof HTMLElement) markup.inert = false;
  return mount(component);
}

/* Where every component begins. Streamlit serves it under an address of the component's own,
   …/cae-<digest>.<room>.<name>/kit/frontend/entry.js; from there it goes on to the component's
   module at the address that all share, so that modules which components share exist once. */
const [digest, room, name] = import.meta.url.split("/").slice(-4)[0].split(".");
const address = `../../../${digest}.modules/${room}/frontend/${name}.js`;
const { default: mount } = await import(address);

export default mount;

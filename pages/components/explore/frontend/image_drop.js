/* An image that is pasted anywhere on the page, dropped here or chosen, sent as base64. */
import { find } from "../../kit/frontend/elements.js";
import { nextId } from "../../kit/frontend/events.js";

/** @import { Mounted } from "../../kit/frontend/component.js" */

/** @param {Mounted<{mostMegabytes: number}>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const label = find(parentElement, "label", HTMLLabelElement);
  const input = find(parentElement, "input", HTMLInputElement);
  const problem = find(parentElement, ".cae-drop-problem", HTMLElement);

  /** @param {File | undefined} file */
  function send(file) {
    if (!file) return;
    problem.textContent = "";
    if (file.size > data.mostMegabytes * 1e6) {
      problem.textContent = `The file is larger than ${data.mostMegabytes} MB; make it smaller.`;
      return;
    }
    const reader = new FileReader();
    reader.onload = () => {
      const address = String(reader.result);
      const contents = address.slice(address.indexOf(",") + 1);
      const name = file.name || "pasted image";
      setTriggerValue("image", { id: nextId(), name, contents });
    };
    reader.readAsDataURL(file);
  }

  input.onchange = () => {
    send(input.files?.[0]);
    input.value = "";
  };
  label.ondragover = (event) => {
    event.preventDefault();
    label.toggleAttribute("data-over", true);
  };
  label.ondragleave = () => label.toggleAttribute("data-over", false);
  label.ondrop = (event) => {
    event.preventDefault();
    label.toggleAttribute("data-over", false);
    send(event.dataTransfer?.files[0]);
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const file = files.find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    send(file);
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}

/* An image that is pasted anywhere on the page, dropped here or chosen, sent as base64. */
const instance = Math.random().toString(36).slice(2, 10);
let images = 0;

export default function ({ data, parentElement, setTriggerValue }) {
  const label = parentElement.querySelector("label");
  const input = parentElement.querySelector("input");
  const problem = parentElement.querySelector(".cae-drop-problem");

  function send(file) {
    if (!file) return;
    problem.textContent = "";
    if (file.size > data.mostMegabytes * 1e6) {
      problem.textContent = `The file is larger than ${data.mostMegabytes} MB; make it smaller.`;
      return;
    }
    const reader = new FileReader();
    reader.onload = () => {
      const contents = reader.result.slice(reader.result.indexOf(",") + 1);
      const name = file.name || "pasted image";
      setTriggerValue("image", { id: `${instance}:${++images}`, name, contents });
    };
    reader.readAsDataURL(file);
  }

  input.onchange = () => {
    send(input.files[0]);
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
    send(event.dataTransfer.files[0]);
  };
  const paste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) =>
      type.startsWith("image/"),
    );
    if (!file) return;
    event.preventDefault();
    send(file);
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}

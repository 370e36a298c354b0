// Starts the app, and knows where the HLS player lies for when it is needed.
import start from "{{klieg.js}}";

globalThis.kliegHls = () => import("{{hls.mjs}}").then((module) => module.default);

start({ module_or_path: "{{klieg.wasm}}" }).catch((error) => {
  console.error(error);
  const main = document.getElementById("main");
  const text = document.createElement("p");
  text.className = "noscript";
  text.textContent = "Klieg could not start. Reload the page; if that does not help, your browser may be too old for it.";
  main.replaceChildren(text);
});

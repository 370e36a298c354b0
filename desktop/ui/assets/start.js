// Starts the interface, or says that it could not.
import start from "{{klieg-studio.js}}";

start({ module_or_path: "{{klieg-studio.wasm}}" }).catch((error) => {
  console.error(error);
  const text = document.createElement("p");
  text.className = "did-not-start";
  text.textContent = "The studio's window could not start. Close Klieg Studio and open it again; a show on air goes on meanwhile.";
  document.getElementById("main").replaceChildren(text);
});

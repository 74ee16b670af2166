"use strict";
// A link, or the text to send it with, goes to the clipboard; where a browser does not let it, it is selected to be copied by hand.
const select = (part) => {
  if (part instanceof HTMLTextAreaElement) {
    part.focus();
    part.select();
  } else getSelection().selectAllChildren(part);
};
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const told = button.nextElementSibling;
    const part = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(part.value ?? part.textContent);
      told.textContent = "Copied.";
    } catch {
      select(part);
      told.textContent = "It is selected: copy it with Ctrl+C.";
    }
  });
}

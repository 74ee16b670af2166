"use strict";
// The order is worked out behind the page: when a new one is there, it is shown.
const note = document.getElementById("order");
const ask = async () => {
  try {
    const response = await fetch(`/desk/order.json?wave=${encodeURIComponent(note.dataset.wave)}`);
    if (response.ok) {
      const state = await response.json();
      if (state.is_fresh) {
        if (String(state.version) === note.dataset.version) note.textContent = "";
        else location.reload();
        return;
      }
    }
  } catch { /* the server is away for a moment */ }
  setTimeout(ask, 1000);
};
setTimeout(ask, 700);

// Tells which questions have an answer in this browser that was not sent.
import { openStore } from "./store.js";

const place = document.querySelector("[data-invite]");
const store = await openStore();
for (const take of await store.takes(place.dataset.invite)) {
  const told = place.querySelector(`[data-question="${CSS.escape(take.question)}"] .left`);
  if (told) told.textContent = take.state === "keep" ? "Not sent yet. Open it to send it." : `${Math.round(take.seconds)} seconds are in this browser, not kept yet.`;
}

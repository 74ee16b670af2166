// Tells which questions have an answer in this browser that was not sent; whoever is about to be done is told too.
import { openStore } from "./store.js";
import { length } from "./words.js";

const place = document.querySelector("[data-shelf]"), done = document.getElementById("done"), told = document.getElementById("unsent");
const WORDS = {
  keep: () => "Not sent yet. Open it to send it.",
  open: (take) => `${length(take.seconds)} recorded in this browser, not kept yet.`,
  refused: (take) => take.why,
};

const store = await openStore(), unsent = new Set();
for (const take of await store.takes(place.dataset.shelf)) {
  const one = place.querySelector(`[data-question="${CSS.escape(take.question)}"]`);
  if (!one) continue;
  one.querySelector(".left").textContent = WORDS[take.state](take);
  unsent.add(one);
}
if (done && unsent.size) {
  const names = [...unsent].map((one) => one.querySelector("h2").textContent);
  told.hidden = false;
  told.querySelector("span").textContent = `Recorded in this browser and not sent: ${names.join(", ")}.`;
  told.querySelector("a").href += `/questions/${[...unsent][0].dataset.question}`;
  done.textContent = "I am done anyway";
}

"use strict";
// The figures, every two seconds while somebody looks.
const wave = document.getElementById("status").dataset.wave;
const show = (status) => {
  for (const figure of document.querySelectorAll("[data-figure]")) {
    const value = status[figure.dataset.figure];
    figure.textContent = figure.dataset.figure !== "seconds" ? value : value === null ? "–" : value.toFixed(1);
  }
  const problem = document.getElementById("problem");
  if (problem.textContent !== status.problem) problem.textContent = status.problem;
  problem.hidden = !status.problem;
  document.getElementById("failures").hidden = status.failed.length === 0;
  document.getElementById("failed").replaceChildren(...status.failed.map((one) => {
    const link = Object.assign(document.createElement("a"), { href: `/desk/answers/${one.digest}`, textContent: `${one.question} of ${one.speaker}` });
    const item = document.createElement("li");
    item.append(link, `: ${one.problem}`);
    return item;
  }));
};
let busy = true;
const ask = async () => {
  try {
    const response = document.hidden ? null : await fetch(`/desk/status.json?wave=${encodeURIComponent(wave)}`);
    if (response?.ok) {
      const status = await response.json();
      show(status);
      const now = status.waiting + status.in_hand + status.left > 0;
      if (busy && !now) document.getElementById("told").textContent = `Nothing is left to do: ${status.read} of ${status.expected} answers are read.`;
      busy = now;
    }
  } catch { /* the server is away for a moment */ }
  setTimeout(ask, 2000);
};
setTimeout(ask, 2000);

(() => {
  let playing = null;
  const stop = () => {
    if (!playing) return;
    playing.audio.pause();
    playing.audio.ontimeupdate = null;
    playing.audio.onended = null;
    playing.button.setAttribute("aria-pressed", "false");
    playing = null;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-recording]");
    if (!button) return;
    const again = playing && playing.button === button;
    stop();
    if (again) return;
    const audio = document.getElementById("audio-" + button.dataset.recording);
    const end = parseFloat(button.dataset.end);
    playing = { audio, button };
    button.setAttribute("aria-pressed", "true");
    audio.currentTime = Math.max(0, parseFloat(button.dataset.start) - 0.15);
    audio.ontimeupdate = () => { if (end && audio.currentTime >= end + 0.15) stop(); };
    audio.onended = stop;
    audio.play().catch((error) => { if (error.name !== "AbortError") stop(); }); // aborted: stopped before it began
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
  // what is folded away on the screen is printed, but for the answers one by one
  const folded = () => document.querySelectorAll("details:not([data-long]):not([open])");
  let opened = [];
  window.addEventListener("beforeprint", () => { opened = [...folded()]; opened.forEach((part) => { part.open = true; }); });
  window.addEventListener("afterprint", () => { opened.forEach((part) => { part.open = false; }); opened = []; });
  // a link to something inside a folded part opens it
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const part = target && target.closest("details");
    if (part) { part.open = true; target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();

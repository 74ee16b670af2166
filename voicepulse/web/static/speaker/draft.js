// What was typed and not sent yet survives a reload: it stays in this tab's sessionStorage until the server has it.

const nameOf = (shelf, question) => `voicepulse draft ${shelf} ${question}`;

export function forgetDrafts(shelf) {
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(nameOf(shelf, ""))) sessionStorage.removeItem(name);
  } catch { /* this browser keeps nothing */ }
}

// complain(words) tells that it could not be sent; after is where to go once it was.
export function keepDraft({ form, text, shelf, question, after, complain }) {
  const name = nameOf(shelf, question);
  const draft = {
    get: () => { try { return sessionStorage.getItem(name) ?? ""; } catch { return ""; } },
    set: (words) => { try { words ? sessionStorage.setItem(name, words) : sessionStorage.removeItem(name); } catch { /* then the page alone holds it */ } },
  };

  async function send(event) {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    complain("");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
      if (answer.type !== "opaqueredirect") return form.submit(); // the server shows what is wrong
      draft.set("");
      location.assign(after);
    } catch {
      complain("No network. What you typed stays here; send it again when you are back.");
    } finally {
      button.disabled = false;
    }
  }

  text.value ||= draft.get();
  draft.set(text.value); // also what was typed before this ran
  text.addEventListener("input", () => draft.set(text.value));
  form.addEventListener("submit", send);
  return text.value !== "";
}

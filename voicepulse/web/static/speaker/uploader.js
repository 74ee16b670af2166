// Brings one take to the server while it is spoken: the server says how far it came, and from there it goes on.

const PIECE = 1024 * 1024, SMALLEST = 32 * 1024, FIRST_WAIT = 500, LONGEST_WAIT = 10_000; // bytes, milliseconds
const REFUSED = [401, 403, 410, 413, 422];

export class Uploader {
  // told: {progress(confirmed, size), waiting(isWaiting), kept(), unusable(why), refused(why)}
  constructor({ takes, csrf, take, question, told }) {
    Object.assign(this, { address: `${takes}/${take}`, csrf, question, told });
    this.parts = [];
    this.size = 0;
    this.piece = PIECE; // smaller after each failure: on a slow line a large one never comes whole
    this.offset = null; // bytes that the server confirmed; unknown before it was asked
    this.isWhole = false;
    this.ended = false;
    this.wake = () => {};
    addEventListener("online", () => this.wake());
  }

  add(bytes) {
    this.parts.push(new Blob([bytes])); // a Blob of Blobs copies nothing
    this.size += bytes.byteLength;
    this.wake();
  }

  // All of it is here, and it shall be the answer.
  keep() {
    this.isWhole = true;
    this.wake();
  }

  get isConfirmed() { return this.offset !== null && this.offset >= this.size; }

  async discard() {
    this.end();
    await fetch(this.address, { method: "DELETE", headers: this.headers() }).catch(() => {}); // else the server's sweep does it
  }

  end() {
    this.ended = true;
    this.wake();
  }

  async run() {
    let wait = FIRST_WAIT;
    while (!this.ended) {
      try {
        const more = await this.step();
        wait = FIRST_WAIT;
        this.piece = Math.min(2 * this.piece, PIECE);
        this.told.waiting(false);
        if (!more && !this.ended) await this.pause();
      } catch {
        this.told.waiting(true);
        this.piece = Math.max(this.piece / 2, SMALLEST);
        await this.pause(wait);
        wait = Math.min(2 * wait, LONGEST_WAIT);
      }
    }
  }

  // One request. Returns whether there is more to do at once; throws where it is to be tried again.
  async step() {
    if (this.offset === null) return this.begin();
    if (this.offset < this.size) return this.append();
    return this.isWhole && this.size > 0 ? this.finish() : false;
  }

  async begin() {
    const answer = await this.send("PUT", "", JSON.stringify({ question: this.question }), "application/json");
    if (answer.ok) return this.take(await answer.json());
    return this.refuse(answer, [409, 404]);
  }

  async append() {
    const from = this.offset;
    const piece = new Blob(this.parts).slice(from, from + this.piece);
    const answer = await this.send("PATCH", "", piece, "application/offset+octet-stream", { "Upload-Offset": String(from) });
    if (answer.ok || answer.status === 409) return this.take(await answer.json());
    if (answer.status === 404 || answer.status === 410) return this.askAgain(answer);
    return this.refuse(answer);
  }

  async finish() {
    const answer = await this.send("POST", "/finish", JSON.stringify({ size: this.size }), "application/json");
    if (answer.ok || answer.status === 409) return this.take(await answer.json());
    if (answer.status === 404) return this.askAgain(answer);
    if (answer.status !== 400) return this.refuse(answer);
    this.end();
    this.told.unusable(await detail(answer));
    return false;
  }

  // The take is not there, or is kept already: begin tells which; asked twice in vain, it is refused.
  async askAgain(answer) {
    if (this.asked) return this.refuse(answer, [404]);
    this.asked = true;
    this.offset = null;
    return true;
  }

  async take(state) {
    if (typeof state.offset !== "number") return this.stop(state.detail);
    if (state.offset > this.size && !state.kept) return this.stop("The server holds another answer under this name. Record it again.");
    this.offset = state.offset;
    this.told.progress(Math.min(this.offset, this.size), this.size);
    if (state.kept) {
      this.end();
      await this.told.kept();
    }
    return true;
  }

  async refuse(answer, more = []) {
    if (!REFUSED.includes(answer.status) && !more.includes(answer.status)) throw new Error("try again");
    return this.stop(await detail(answer));
  }

  stop(why) {
    this.end();
    this.told.refused(why);
    return false;
  }

  headers() { return { "X-CSRF-Token": this.csrf }; }

  send(method, place, body, type, more = {}) {
    const headers = { ...this.headers(), "Content-Type": type, ...more };
    return fetch(this.address + place, { method, body, headers, signal: AbortSignal.timeout?.(60_000) });
  }

  // Until something wakes it: a new chunk, the network, or so many milliseconds.
  pause(milliseconds) {
    return new Promise((done) => {
      const timer = milliseconds === undefined ? null : setTimeout(() => this.wake(), milliseconds);
      this.wake = () => { clearTimeout(timer); this.wake = () => {}; done(); };
      if (milliseconds === undefined && this.hasWork()) this.wake();
    });
  }

  hasWork() { return this.ended || this.offset === null || this.offset < this.size || this.isWhole; }
}

async function detail(answer) {
  const told = await answer.json().catch(() => ({}));
  return typeof told.detail === "string" ? told.detail : "This did not work. Load the page again.";
}

// A take with its sound: each chunk goes into the browser's store first, and then on its way to the server.
import { Uploader } from "./uploader.js";

export function newTake(shelf, question) {
  const name = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { shelf, take: name, question, mime: "", seconds: 0, state: "open", loudest: 0, begun: Date.now() };
}

export class Held {
  // server: {takes, csrf}; told as the uploader's, and unstored() where the browser has no room left.
  constructor(store, record, server, told) {
    this.store = store;
    this.record = record;
    this.told = told;
    this.count = 0;
    this.uploader = new Uploader({ ...server, take: record.take, question: record.question, told });
  }

  static async restored(store, record, server, told) {
    const held = new Held(store, record, server, told);
    const chunks = await store.chunks(record);
    chunks.forEach((bytes) => held.uploader.add(bytes));
    held.count = chunks.length;
    return held;
  }

  get size() { return this.uploader.size; }
  get seconds() { return this.record.seconds; }
  get sound() { return new Blob(this.uploader.parts, { type: this.record.mime }); }

  send() { this.uploader.run(); }

  async add(bytes, seconds) {
    this.record.seconds = seconds;
    await this.store.addChunk(this.record, this.count++, bytes).catch(() => this.told.unstored());
    this.uploader.add(bytes);
  }

  // The server is asked until it confirms, over reloads too.
  async keep() {
    await this.mark("keep");
    this.uploader.keep();
  }

  async mark(state, more = {}) {
    Object.assign(this.record, more, { state });
    await this.store.putTake(this.record).catch(() => this.told.unstored());
  }

  // It is an answer now, or shall be none: nothing of it stays in the browser.
  async drop() {
    this.uploader.end();
    await this.store.drop(this.record).catch(() => {});
  }

  async discard() {
    await this.drop();
    await this.uploader.discard();
  }
}

// Takes that the server has not confirmed yet, kept in the browser: IndexedDB, or memory where a browser refuses that.
// A take: {shelf, take, question, mime, seconds, state}, state is "open" (recording, or stopped and not decided),
// "keep", or "refused": the server could not use it, and `why`.

const NAME = "voicepulse", TAKES = "takes", CHUNKS = "chunks";

function request(asked) {
  return new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

function written(transaction) {
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = transaction.onerror = () => failed(transaction.error);
  });
}

function openDatabase() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(TAKES, { keyPath: ["shelf", "take"] });
    opening.result.createObjectStore(CHUNKS, { keyPath: ["shelf", "take", "sequence"] });
  };
  return request(opening);
}

const KEPT = 14 * 24 * 3600 * 1000; // milliseconds; the server keeps what nobody finished no longer either

const ofTake = (shelf, take) => IDBKeyRange.bound([shelf, take], [shelf, take, []]);

class DurableStore {
  isDurable = true;
  constructor(database) { this.database = database; }

  async putTake(take) {
    const transaction = this.database.transaction(TAKES, "readwrite");
    transaction.objectStore(TAKES).put(take);
    await written(transaction);
  }

  async addChunk(take, sequence, bytes) {
    const transaction = this.database.transaction([TAKES, CHUNKS], "readwrite");
    transaction.objectStore(TAKES).put(take); // its seconds grow with each chunk
    transaction.objectStore(CHUNKS).put({ shelf: take.shelf, take: take.take, sequence, bytes });
    await written(transaction);
  }

  async takes(shelf) {
    const all = await request(this.database.transaction(TAKES).objectStore(TAKES).getAll());
    const old = all.filter((take) => Date.now() - take.begun > KEPT);
    await Promise.all(old.map((take) => this.drop(take)));
    return all.filter((take) => take.shelf === shelf && !old.includes(take));
  }

  async chunks(take) {
    const range = ofTake(take.shelf, take.take);
    const all = await request(this.database.transaction(CHUNKS).objectStore(CHUNKS).getAll(range));
    return all.map((chunk) => chunk.bytes);
  }

  async drop(take) {
    const transaction = this.database.transaction([TAKES, CHUNKS], "readwrite");
    transaction.objectStore(TAKES).delete([take.shelf, take.take]);
    transaction.objectStore(CHUNKS).delete(ofTake(take.shelf, take.take));
    await written(transaction);
  }
}

class MemoryStore {
  isDurable = false;
  async putTake() {}
  async addChunk() {}
  async takes() { return []; }
  async chunks() { return []; }
  async drop() {}
}

export async function openStore() {
  try {
    return new DurableStore(await openDatabase());
  } catch {
    return new MemoryStore(); // the page itself holds what it recorded
  }
}

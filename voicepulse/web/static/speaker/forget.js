// Everything of this speaker was erased: what the browser still kept goes too.
import { openStore } from "./store.js";

const store = await openStore();
for (const take of await store.takes(document.getElementById("erased").dataset.invite)) await store.drop(take);

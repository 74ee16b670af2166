// Everything of this speaker was erased: what the browser still kept goes too.
import { forgetDrafts } from "./draft.js";
import { openStore } from "./store.js";

const { invite } = document.getElementById("erased").dataset;
forgetDrafts(invite);
const store = await openStore();
for (const take of await store.takes(invite)) await store.drop(take);

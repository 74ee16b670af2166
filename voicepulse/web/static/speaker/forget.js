// Everything of this speaker was erased: what the browser still kept goes too.
import { forgetDrafts } from "./draft.js";
import { openStore } from "./store.js";

const { shelf } = document.getElementById("erased").dataset;
forgetDrafts(shelf);
const store = await openStore();
for (const take of await store.takes(shelf)) await store.drop(take);

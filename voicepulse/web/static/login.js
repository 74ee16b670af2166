// a server never sees what stands behind the "#": a link to one finding goes on to it after the login
const next = document.getElementById("next");
if (next && location.hash && !next.value.includes("#")) next.value += location.hash;

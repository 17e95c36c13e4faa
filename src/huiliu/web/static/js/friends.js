/* Bringing friends: does the work that keeps programs away, hands a link on and says so.
   The browser makes itself a number for this alone, so that one device is not many friends. */
"use strict";

function deviceNumber() {
  const made = [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  try {
    const kept = localStorage.getItem("huiliu.device");
    if (kept) return kept;
    localStorage.setItem("huiliu.device", made);
    return made;
  } catch { return ""; }
}

function startFriends(form) {
  const proof = work(form.dataset.challenge); // of form.js
  form.elements.device.value = deviceNumber();
  form.addEventListener("submit", async (event) => {
    if (form.elements.proof.value) return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    form.elements.proof.value = await proof;
    // Not inside this event: a form that is being submitted does not listen to that again.
    setTimeout(() => { button.disabled = false; form.requestSubmit(button); }, 0);
  });
}

function startHanding(part) {
  const tell = (how) => fetch(part.dataset.told, {
    method: "POST", body: new URLSearchParams({ o: part.dataset.token, how }), keepalive: true, credentials: "omit",
  }).catch(() => {});
  part.querySelectorAll("[data-way]").forEach((one) => {
    const { way } = one.dataset;
    if (way === "sheet") one.hidden = !navigator.share;
    one.addEventListener("click", async () => {
      if (way === "sheet") {
        try { await navigator.share({ title: part.dataset.title, url: part.dataset.share }); } catch { return; }
      } else if (way === "copy") {
        const field = part.querySelector("input");
        field.select();
        try { await navigator.clipboard.writeText(part.dataset.share); } catch { document.execCommand("copy"); }
        one.textContent = one.dataset.done;
      }
      tell(way);
    });
  });
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-friends]").forEach(startFriends);
  document.querySelectorAll("[data-share]").forEach(startHanding);
  const said = document.querySelector("[data-became]") || document.getElementById("problems");
  if (said) { said.tabIndex = -1; said.focus(); }
});

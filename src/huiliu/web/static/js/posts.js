/* Shows the photos that were chosen before they are sent, and that they are being sent. */
(() => {
  "use strict";
  const form = document.querySelector("[data-post]");
  if (!form) return;
  const field = form.querySelector("input[type=file]");
  const chosen = form.querySelector("[data-chosen]");
  const button = form.querySelector("[data-sending]");
  let shown = [];
  field.addEventListener("change", () => {
    shown.forEach((url) => URL.revokeObjectURL(url));
    const photos = [...field.files].filter((file) => file.type.startsWith("image/"));
    shown = photos.map((file) => URL.createObjectURL(file));
    chosen.replaceChildren(...shown.map((url) => {
      const picture = new Image();
      picture.src = url;
      picture.alt = "";
      return picture;
    }));
    chosen.hidden = shown.length === 0;
  });
  form.addEventListener("submit", () => {
    button.disabled = true;
    button.textContent = button.dataset.sending;
  });
  // Whoever comes back by the browser's own button finds the page as it was left.
  window.addEventListener("pageshow", () => { button.disabled = false; });
})();

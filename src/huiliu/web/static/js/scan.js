// Reads a bar code with the phone's camera, where the browser can; what it sees stays on the phone.
(() => {
  "use strict";
  const button = document.getElementById("camera-start");
  const video = document.getElementById("camera");
  const field = document.getElementById("scan-code");
  const form = document.getElementById("scan-form");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;

  async function start() {
    button.disabled = true;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      button.hidden = true; // no camera, or it may not be used: the digits can be typed
      field.focus();
      return;
    }
    const reader = new window.BarcodeDetector();
    video.hidden = false;
    video.srcObject = stream;
    await video.play();
    const look = async () => {
      const [found] = await reader.detect(video).catch(() => []);
      if (!found) {
        requestAnimationFrame(look);
        return;
      }
      stream.getTracks().forEach((track) => track.stop());
      field.value = found.rawValue;
      form.requestSubmit();
    };
    look();
  }

  button.addEventListener("click", start);
})();

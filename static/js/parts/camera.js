// Reads coupons with the camera, or at a till out of a picture where a page may not have one; a decoder is fetched only then.

const AGAIN = 3000; // ms in which the same code in view is the same scan
const LARGEST = { live: 640, picture: 1280 }; // pixels that are looked at

class Camera extends HTMLElement {
  #video = this.querySelector("video");
  #panel = this.querySelector("[data-panel]");
  #said = this.querySelector("[data-said]");
  #turn = this.querySelector("[data-turn]");
  #photo = this.querySelector("[data-photo]");
  #stream;
  #last = { text: "", at: -Infinity };

  connectedCallback() {
    const has_camera = Boolean(navigator.mediaDevices?.getUserMedia);
    this.hidden = !(has_camera || this.#photo);
    this.querySelector("[data-open]").hidden = !has_camera;
    this.#photo?.toggleAttribute("hidden", has_camera);
    this.querySelector("[data-open]").addEventListener("click", () => this.#open());
    this.querySelector("[data-close]").addEventListener("click", () => this.#close());
    this.#turn.addEventListener("click", () => {
      this.#turn.setAttribute("aria-pressed", String(!this.#is_turned));
      this.#open();
    });
    this.#photo?.querySelector("input").addEventListener("change", (event) => this.#look_at(event.target));
  }

  get #is_turned() {
    return this.#turn.getAttribute("aria-pressed") === "true";
  }

  async #open() {
    this.#close();
    try {
      const video = { facingMode: this.#is_turned ? "user" : "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video });
      this.#show(true);
      this.#video.classList.toggle("camera__video--turned", this.#is_turned);
      this.#video.srcObject = this.#stream = stream;
      await this.#video.play();
      await this.#watch(stream, await new_detector());
    } catch {
      this.#close();
      this.#photo?.removeAttribute("hidden");
      this.#say(this.dataset.denied);
    }
  }

  #close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#show(false);
    this.#said.hidden = true;
  }

  #show(is_open) {
    if (this.#panel.hidden === !is_open) return;
    this.#panel.hidden = !is_open;
    this.dispatchEvent(new Event("swapped", { bubbles: true })); // on a tablet the keyboard makes room for it
  }

  async #watch(stream, detector) {
    const video = this.#video;
    while (this.#stream === stream) {
      const [code] = await detector.detect(drawn(video, video.videoWidth, video.videoHeight, LARGEST.live));
      if (code) this.#found(code.rawValue);
      await new Promise((resolve) => { setTimeout(resolve, 60); });
    }
  }

  async #look_at(input) {
    const picture = input.files[0] && await createImageBitmap(input.files[0]).catch(() => null);
    const detector = await new_detector();
    const [code] = picture ? await detector.detect(drawn(picture, picture.width, picture.height, LARGEST.picture)) : [];
    input.value = "";
    if (code) this.#found(code.rawValue);
    else this.#say(this.dataset.nothing);
  }

  #found(text) {
    const is_new = text !== this.#last.text || performance.now() - this.#last.at > AGAIN;
    this.#last = { text, at: performance.now() };
    this.#said.hidden = true;
    if (is_new) this.dispatchEvent(new CustomEvent("scanned", { detail: text, bubbles: true }));
  }

  #say(text) {
    this.#said.textContent = text;
    this.#said.hidden = false;
  }
}

// As much of a picture as a code needs.
function drawn(source, width, height, largest) {
  const scale = Math.min(1, largest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// The browser's own where it knows QR codes, else ours: both are asked the same way.
async function new_detector() {
  const known = await globalThis.BarcodeDetector?.getSupportedFormats() ?? [];
  const Detector = known.includes("qr_code") ? BarcodeDetector : (await import("../vendor/qr-decode.js")).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
}

customElements.define("suki-camera", Camera);

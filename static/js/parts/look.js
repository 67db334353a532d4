// The shop's look while it is chosen: the page takes the colour, and a logo of any kind is drawn anew as a small PNG.

const SIDES = [512, 256, 128]; // pixels; the first at which the picture is small enough
const MOST = 200_000; // bytes
const MOST_READ = 20_000_000;

const colour = document.querySelector("[name=colour]");
colour.addEventListener("input", () => {
  const sheet = document.querySelector("link[href*='theme.css']") ?? document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `/theme.css?v=${encodeURIComponent(colour.value)}`;
  if (!sheet.isConnected) document.querySelector("link[href*='tokens.css']").after(sheet);
});

const logo = document.querySelector("[name=logo]");
const save = [...logo.form.querySelectorAll("button:not([type=button])")].at(-1);
logo.addEventListener("change", async () => {
  const [file] = logo.files;
  const error = document.getElementById("error-logo");
  save.disabled = true; // until the picture is there
  const drawn = file && (await draw(file).catch(() => null));
  error.hidden = !file || Boolean(drawn);
  error.textContent = error.hidden ? "" : logo.dataset.unreadable;
  const sent = new DataTransfer();
  if (drawn) sent.items.add(new File([drawn], "logo.png", { type: "image/png" }));
  logo.files = sent.files;
  save.disabled = false;
});

// A picture runs no script and loads nothing when it is drawn from an image, an SVG neither.
async function draw(file) {
  if (file.size > MOST_READ) throw new RangeError("too large");
  const image = new Image();
  image.src = URL.createObjectURL(file);
  await image.decode();
  const canvas = document.querySelector(".shop__logo") ?? document.createElement("canvas");
  const size = [image.naturalWidth, image.naturalHeight];
  for (const side of SIDES) {
    [canvas.width, canvas.height] = size.map((n) => Math.max(1, Math.round((n * side) / Math.max(...size))));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => canvas.toBlob(done, "image/png"));
    if (made.size > MOST) continue;
    canvas.className = "shop__logo";
    logo.after(canvas);
    return made;
  }
  throw new RangeError("too large");
}

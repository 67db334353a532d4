// Whom to thank: a friend's card or coupon that is held before the tablet's camera is as good as typed.
import "./camera.js";

const camera = document.querySelector("suki-camera");
const close = () => camera.querySelector("[data-close]").click();

camera.addEventListener("scanned", ({ detail }) => {
  const field = document.querySelector("#field-friend");
  field.value = (detail.match(/\/C\/\w{26}/i)?.[0] ?? detail).slice(0, field.maxLength);
  close();
});
document.addEventListener("shown", close, { capture: true }); // whatever question comes next

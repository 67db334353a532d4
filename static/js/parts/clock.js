// Whether this browser's clock and the server's agree: the sentence that says no is hidden until they do not.

const LEAST = 10 * 60 * 1000; // ms; less is no trouble

const sentence = document.querySelector("[data-clock]");
sentence.hidden = Math.abs(Date.now() - sentence.dataset.clock) < LEAST;

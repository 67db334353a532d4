// What the pages of names and PINs are brought to life by.
import "./parts/stray.js";
import "./parts/pad.js";

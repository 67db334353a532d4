// What the till's page is brought to life by.
import "./parts/seal.js";
import "./parts/scan.js";
import "./parts/keypad.js";
import "./parts/camera.js";
import "./parts/countdown.js";
import "./parts/till.js";

// What signing up a customer at the till is brought to life by.
import "./parts/seal.js";
import "./parts/typing.js";
import "./parts/print.js";

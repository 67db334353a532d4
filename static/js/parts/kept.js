// What the till keeps in this tab until it is dealt with: after a reload, or a sign-in, it is there again.

const store = (() => {
  try {
    return sessionStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
})();

export const kept = {
  get: (name) => JSON.parse(store?.getItem(`till-${name}`) ?? "null"),
  put: (name, value) => store?.setItem(`till-${name}`, JSON.stringify(value)),
  take(name) {
    const value = this.get(name);
    store?.removeItem(`till-${name}`);
    return value;
  },
};

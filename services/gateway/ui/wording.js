// How numbers, moments and names are written for people.

export const MATCHED = {
  text: "by its words",
  image: "by its picture",
  combined: "by words and picture",
  audio: "by its sound",
  video: "by its video",
};

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function priceOf(price) {
  return typeof price === "number" ? price.toFixed(2) : "";
}

export function nameOf(found) {
  return found.title || found.id;
}

// "size_inch" is what a program calls it.
export function wordsOf(attribute) {
  return attribute.replaceAll("_", " ");
}

export function valueOf(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(valueOf).join(", ");
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// Text in an element of its own, which is the only way that words of the server get into the page.
export function element(tag, { text, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

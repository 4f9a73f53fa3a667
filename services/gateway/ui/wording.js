// How numbers, moments and names are written for people.

export const MATCHED = {
  text: "by its words",
  image: "by its picture",
  combined: "by words and picture",
  audio: "by its sound",
  video: "by its video",
};

export const STAGES = { signals: "business signals", cross_encoder: "the cross-encoder", vlm: "the vision model" };

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export const priceOf = (price) => (typeof price === "number" ? price.toFixed(2) : "");

export const nameOf = ({ title, id }) => title || id;

// "size_inch" is what a program calls it.
export const wordsOf = (attribute) => attribute.replaceAll("_", " ");

export function valueOf(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(valueOf).join(", ");
  return value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);
}

export const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

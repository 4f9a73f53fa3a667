// Elements: found, listened to, and made with text, the only way that words of the server get in.

export const find = (id) => document.getElementById(id);

export const copyOf = (template) => find(template).content.firstElementChild.cloneNode(true);

export const on = (id, event, does) => find(id).addEventListener(event, does);

export const button = (text, click, more) => element("button", { type: "button", class: "button", text, click, ...more });

// A property that is a function listens to the event of its name.
export function element(tag, { text, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value);
  }
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

// Draws hits as cards. Everything from the server is inserted as text, never as markup.

const template = document.getElementById("card");
const MATCHED = { text: "by its words", image: "by its picture", combined: "by words and picture" };

export function cardOf(hit, onSimilar) {
  const card = template.content.firstElementChild.cloneNode(true);
  const { document: found } = hit;
  const picture = found.images[0];
  const image = card.querySelector("img");
  if (picture) {
    image.addEventListener("error", () => image.remove(), { once: true });
    image.src = picture.thumbnail_url;
    image.alt = found.title;
  } else {
    image.remove();
  }
  card.querySelector("h2").textContent = found.title || found.id;
  card.querySelector(".price").textContent = priceOf(found.attributes.price);
  card.querySelector(".score").textContent = hit.score === null ? "" : hit.score.toFixed(3);
  card.querySelector(".matched").textContent = hit.matched ? MATCHED[hit.matched.modality] : "by exact words";
  const similar = card.querySelector(".similar");
  similar.setAttribute("aria-label", `More like ${found.title || found.id}`);
  similar.addEventListener("click", () => onSimilar(found));
  return card;
}

export function ideaOf(words, onChosen) {
  const button = document.getElementById("idea").content.firstElementChild.cloneNode(true);
  button.querySelector("span").textContent = words;
  button.addEventListener("click", onChosen);
  return button;
}

function priceOf(price) {
  return typeof price === "number" ? price.toFixed(2) : "";
}

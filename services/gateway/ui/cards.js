// Draws hits as cards. Everything from the server is inserted as text, never as markup.

const template = document.getElementById("card");
const MATCHED = {
  text: "by its words",
  image: "by its picture",
  combined: "by words and picture",
  audio: "by its sound",
  video: "by its video",
};

export function cardOf(hit, onSimilar) {
  const card = template.content.firstElementChild.cloneNode(true);
  const { document: found, matched } = hit;
  show(card, found, matched);
  card.querySelector("h2").textContent = found.title || found.id;
  card.querySelector(".price").textContent = priceOf(found.attributes.price);
  card.querySelector(".score").textContent = hit.score === null ? "" : hit.score.toFixed(3);
  card.querySelector(".matched").textContent = matched ? MATCHED[matched.modality] : "by exact words";
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

function show(card, found, matched) {
  const badge = card.querySelector(".badge");
  const image = card.querySelector("img");
  const moment = Boolean(matched?.media_id) && matched.start_s !== null;
  if (moment) {
    badge.textContent = `from ${clock(matched.start_s)}`;
    image.replaceWith(playerOf(matched, found));
  } else {
    const picture = pictureOf(found, matched);
    if (picture) {
      image.addEventListener("error", () => image.remove(), { once: true });
      image.src = picture;
      image.alt = found.title;
    } else {
      image.remove();
    }
    badge.textContent = matched?.page ? `page ${matched.page}` : "";
  }
  badge.hidden = !badge.textContent;
}

function pictureOf(found, matched) {
  if (matched?.page) return `/v1/media/${matched.media_id}/pages/${matched.page}`;
  const media = ["images", "video", "files", "audio"].flatMap((kind) => found[kind]);
  return media[0]?.thumbnail_url;
}

// A video element plays sounds too, under the drawing that stands for them. Nothing is loaded
// before someone presses play.
function playerOf({ media_id, start_s, end_s }, found) {
  const player = document.createElement("video");
  player.controls = true;
  player.preload = "none";
  player.poster = thumbnailOf(media_id);
  player.src = `/v1/media/${media_id}#t=${start_s},${end_s}`;
  player.setAttribute("aria-label", found.title || found.id);
  return player;
}

function thumbnailOf(mediaId) {
  return `/v1/media/${mediaId}/thumbnail`;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function priceOf(price) {
  return typeof price === "number" ? price.toFixed(2) : "";
}

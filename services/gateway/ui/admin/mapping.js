// Turns rows of a table, or bare files, into documents as the API takes them.

export const FIELDS = ["id", "title", "description", "sku", "images", "audio", "video", "files", "owner", "expires_at"];
export const MEDIA = ["images", "audio", "video", "files"];
const BY_NAME = { images: /\.(jpe?g|png|webp|gif|bmp)$/i, audio: /\.(wav|mp3|og[ga]|opus|flac|m4a|aac)$/i, video: /\.(mp4|m4v|mov|webm|mkv)$/i, files: /\.pdf$/i };
const SAME = {
  id: ["id", "product_id", "handle", "key"], title: ["title", "name", "product_name", "productname"], description: ["description", "text", "body", "details"],
  sku: ["sku", "article", "ean", "gtin"], images: ["images", "image", "image_url", "photo", "picture", "img", "image_path"], video: ["video", "videos"], audio: ["audio", "sound"], files: ["files", "pdf"],
};

// A first proposal: column -> field, by name, by the index's attributes; "" leaves a column out.
export function propose(columns, attributes) {
  const taken = new Set();
  return Object.fromEntries(columns.map((column) => {
    const name = column.trim().toLowerCase().replaceAll(/[\s-]+/g, "_");
    const field = Object.keys(SAME).find((each) => SAME[each].includes(name) && !taken.has(each))
      ?? (name in attributes ? `attributes.${name}` : /^(attributes|signals)\.[a-z][a-z0-9_]*$/.test(name) || FIELDS.includes(name) ? name : "");
    if (taken.has(field)) return [column, ""];
    if (field) taken.add(field);
    return [column, field];
  }));
}

export function kindOf(file) {
  return MEDIA.find((kind) => BY_NAME[kind].test(file.name)) ?? null;
}

// A row as a document; media that are files come as `file:NAME`, whose files are in `wanted`.
export function documentOf(row, mapping, { attributes, files, ordinal }) {
  const made = { attributes: {}, signals: {} };
  const wanted = new Set();
  for (const [column, field] of Object.entries(mapping)) {
    const value = row[column];
    if (!field || value === "" || value === null || value === undefined) continue;
    if (field.startsWith("attributes.")) made.attributes[field.slice(11)] = typed(value, attributes[field.slice(11)]);
    else if (field.startsWith("signals.")) made.signals[field.slice(8)] = number(value);
    else if (MEDIA.includes(field)) made[field] = references(value, files, wanted);
    else made[field] = typeof value === "string" ? value.trim() : String(value);
  }
  // Without a column for it the SKU is as good a name: the same product then is the same document.
  if (!made.id) made.id = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(made.sku ?? "") ? made.sku : `row-${String(ordinal + 1).padStart(6, "0")}`;
  return { document: made, wanted: [...wanted] };
}

export function documentsOfFiles(files) {
  const names = new Set();
  return files.filter(kindOf).map((file) => {
    const stem = file.name.replace(/\.[^.]+$/, "");
    const base = stem.normalize("NFKD").replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 120) || "file";
    let id = base;
    for (let again = 2; names.has(id); again += 1) id = `${base}-${again}`;
    names.add(id);
    return { document: { id, title: stem.replaceAll(/[_-]+/g, " ").slice(0, 512), [kindOf(file)]: [`file:${partName(file)}`] }, wanted: [file] };
  });
}

// Two folders may hold files of one name: the path inside the chosen folder tells them apart.
export function partName(file) {
  return (file.webkitRelativePath || file.name).replaceAll(/["\r\n\\]/g, "_").replaceAll("/", "__");
}

function references(value, files, wanted) {
  const cells = Array.isArray(value) ? value : String(value).split("|");
  return cells.map((cell) => String(cell).trim()).filter(Boolean).map((cell) => {
    if (/^(https?:|data:|med_)/.test(cell)) return cell;
    const file = findFile(cell, files);
    if (!file) return cell; // the server then says that this is no address
    wanted.add(file);
    return `file:${partName(file)}`;
  });
}

export function findFile(path, files) {
  const plain = path.replace(/^(file:|\.?\/)+/, "").replaceAll("\\", "/");
  return files.find((file) => `/${file.webkitRelativePath || file.name}`.endsWith(`/${plain}`)) ?? files.find((file) => file.name === plain.split("/").pop()) ?? null;
}

function typed(value, type) {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (type === "number" || type === "integer") return number(text);
  if (type === "boolean") return { true: true, yes: true, 1: true, false: false, no: false, 0: false }[text.toLowerCase()] ?? text;
  if (type === "tags") return text.split(/[|,;]/).map((each) => each.trim()).filter(Boolean);
  return text;
}

function number(value) {
  const read = Number(value);
  return value === "" || Number.isNaN(read) ? value : read; // what is no number the server refuses in words
}

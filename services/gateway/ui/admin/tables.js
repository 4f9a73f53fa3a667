// Reads CSV and JSON lines in the browser, so that rows can be looked at before anything is sent.

export class BadTable extends Error {}

// {columns, rows}: rows as objects by column, in the order of the file.
export function readTable(name, text, { delimiter = "" } = {}) {
  const clean = text.replace(/^\uFEFF/, "");
  return /\.(jsonl|ndjson)$/i.test(name) || /^\s*\{/.test(clean) ? readLines(clean) : readCsv(clean, delimiter || guess(clean));
}

function readLines(text) {
  const rows = [];
  for (const [place, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    try {
      const value = JSON.parse(line);
      if (value === null || typeof value !== "object" || Array.isArray(value)) throw new SyntaxError("no object");
      rows.push(flat(value));
    } catch {
      throw new BadTable(`Line ${place + 1} is no JSON object.`);
    }
  }
  return { columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows, delimiter: "" };
}

// {"attributes": {"price": 1}} becomes {"attributes.price": 1}: a column can then be mapped.
function flat(value) {
  const made = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner)) {
      for (const [name, deep] of Object.entries(inner)) made[`${key}.${name}`] = deep;
    } else made[key] = inner;
  }
  return made;
}

function guess(text) {
  const head = text.slice(0, text.indexOf("\n") < 0 ? undefined : text.indexOf("\n"));
  return [",", ";", "\t", "|"].map((mark) => [head.split(mark).length, mark]).sort(([a], [b]) => b - a)[0][1];
}

function readCsv(text, delimiter) {
  const [head, ...lines] = cells(text, delimiter).filter((line) => line.length > 1 || line[0] !== "");
  if (!head) throw new BadTable("The file is empty.");
  const twice = head.find((name, place) => head.indexOf(name) !== place);
  if (twice !== undefined) throw new BadTable(`Two columns are called “${twice}”.`);
  const rows = lines.map((line) => Object.fromEntries(head.map((name, place) => [name, line[place] ?? ""])));
  return { columns: head, rows, delimiter };
}

// RFC 4180: quotes hold delimiters and line breaks, and a quote twice is one.
function cells(text, delimiter) {
  const lines = [];
  let line = [];
  let cell = "";
  let quoted = false;
  for (let place = 0; place < text.length; place += 1) {
    const letter = text[place];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[place + 1] === '"') { cell += '"'; place += 1; } else quoted = false;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === delimiter) { line.push(cell); cell = ""; }
    else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[place + 1] === "\n") place += 1;
      lines.push([...line, cell]);
      line = [];
      cell = "";
    } else cell += letter;
  }
  if (quoted) throw new BadTable("A quoted cell is never closed.");
  if (cell !== "" || line.length) lines.push([...line, cell]);
  return lines;
}

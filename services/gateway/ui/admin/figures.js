// Reads Prometheus text, and turns what two readings differ by into rates and percentiles.

// Samples as {name, labels, value}.
export function samples(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const read = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!read) continue;
    const labels = {};
    for (const [, name, value] of (read[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = value.replaceAll(/\\(.)/g, (_, letter) => (letter === "n" ? "\n" : letter));
    found.push({ name: read[1], labels, value: Number(read[3]) });
  }
  return found;
}

export function matching(all, name, labels = {}) {
  return all.filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value));
}

export function total(all, name, labels) {
  return matching(all, name, labels).reduce((sum, { value }) => sum + value, 0);
}

// The histogram between two readings: counts up to each bound, bounds ascending.
export function between(now, before, name, labels) {
  const sums = (all) => {
    const bounds = new Map();
    for (const one of matching(all, `${name}_bucket`, labels)) {
      const bound = one.labels.le === "+Inf" ? Infinity : Number(one.labels.le);
      bounds.set(bound, (bounds.get(bound) ?? 0) + one.value);
    }
    return bounds;
  };
  const earlier = before ? sums(before) : new Map();
  return [...sums(now)].map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]).sort(([a], [b]) => a - b);
}

// Where that share of the observations ends, linear inside its bucket; null without any.
export function percentile(histogram, share) {
  const all = histogram.at(-1)?.[1] ?? 0;
  if (all <= 0) return null;
  const wanted = share * all;
  let low = 0;
  let under = 0;
  for (const [bound, count] of histogram) {
    if (count >= wanted) {
      if (bound === Infinity) return low;
      return low + (bound - low) * ((wanted - under) / Math.max(count - under, 1e-9));
    }
    low = bound;
    under = count;
  }
  return low;
}

// The data of the page: tables of columns become rows, numbers of texts become texts.
// Column names are ours; what people named is only ever a value, never a key of an object.

const raw = JSON.parse(document.getElementById('data').textContent);

export const head = raw.head;
export const diff = raw.diff;
export const series = raw.series;
export const slotSets = raw.slots;

/** A text by its number; nothing for -1. */
export function text(number) {
  return number < 0 ? '' : raw.texts[number];
}

/** A table as an array of objects, each with its row number as `id`. */
export function rows(table) {
  const columns = Object.entries(raw.tables[table]);
  const length = columns.length ? columns[0][1].length : 0;
  return Array.from({ length }, (_, id) => {
    const row = { id };
    for (const [column, values] of columns) row[column] = values[id];
    return row;
  });
}

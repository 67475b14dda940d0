"use strict";
/* Enhances what is all there without it: tables sort, rows filter, and
   folded parts open for the printer. */
(() => {
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.v;
    return value === undefined ? cell.textContent : Number(value);
  };

  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), "en", { numeric: true });

  const sortBy = (table, column, header) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    const body = table.tBodies[0];
    const rows = [...body.rows].sort(
      (a, b) => compare(keyOf(a, column), keyOf(b, column))
    );
    if (descending) {
      rows.reverse();
    }
    for (const other of table.tHead.rows[0].cells) {
      other.removeAttribute("aria-sort");
    }
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...rows);
  };

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sortBy(table, column, header));
      header.append(button);
    });
  }

  const addFilter = (table) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const told = document.createElement("output");
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      told.textContent = `${shown} of ${rows.length} rows`;
    };
    const remember = () => {
      const words = encodeURIComponent(input.value);
      history.replaceState(null, "", words ? `#filter=${words}` : "#rows-part");
    };
    label.className = "filter";
    label.append("Filter, by words in any order ", input, " ", told);
    input.type = "search";
    input.addEventListener("input", apply);
    input.addEventListener("change", remember);
    table.parentElement.before(label);
    const asked = /^#filter=(.*)$/.exec(location.hash);
    if (asked) {
      input.value = decodeURIComponent(asked[1]);
      label.scrollIntoView();
    }
    apply();
  };

  const rows = document.getElementById("rows");
  if (rows) {
    addFilter(rows);
  }

  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) {
      part.open = true;
    }
  });
})();

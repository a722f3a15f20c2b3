for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  table.classList.add("sortable");
  const value = (row, at) => {
    const text = row.cells[at].innerText.trim();
    const number = parseFloat(text.replace(/[,%\s]/g, "").replace("−", "-"));
    return heads[at].className === "n" ? (isNaN(number) ? -Infinity : number) : text;
  };
  heads.forEach((head, at) => head.addEventListener("click", () => {
    const up = head.dataset.way ? head.dataset.way === "down" : head.className !== "n";
    heads.forEach(other => delete other.dataset.way);
    head.dataset.way = up ? "up" : "down";
    const rows = [...body.rows].filter(row => row.className !== "total");
    const order = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b);
    rows.sort((a, b) => order(value(a, at), value(b, at)) * (up ? 1 : -1));
    body.prepend(...rows);
  }));
}
